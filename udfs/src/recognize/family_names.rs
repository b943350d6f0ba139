//! Frequent family names of several countries, folded. A few hundred carry a tenth to a half of a population, which is
//! enough to know a column of them.

pub(super) const NAMES: &[&str] = &[
    // English.
    "adams allen alexander anderson andrews armstrong arnold atkinson austin bailey baker ball barker barnes barnett",
    "bell bennett berry bishop black boyd bradley brooks brown bryant burke burns burton butler byrne campbell carpenter",
    "carr carroll carter chambers chapman clark clarke cole coleman collins cook cooper cox crawford cunningham daniels",
    "davidson davies davis dawson day dean dixon duncan dunn edwards elliott ellis evans ferguson fernandez fisher",
    "fleming fletcher ford foster fowler fox fraser freeman gallagher gardner gibson gill gordon graham grant gray green",
    "greene griffin griffiths hall hamilton hansen hanson hardy harper harris harrison hart harvey hawkins hayes",
    "henderson henry hicks hill hoffman holland holmes hopkins houston howard howell hudson hughes hunt hunter hussain",
    "jackson jacobs james jenkins jennings jensen johnson johnston jones jordan kelley kelly kennedy khan king knight",
    "lambert larson lawrence lawson lee lewis little lloyd long lowe lynch macdonald marshall martin mason matthews",
    "mccarthy mccoy mcdonald mckenzie mclean mcmillan mendoza meyer mills mitchell montgomery moore morgan morris",
    "morrison moss murphy murray myers nelson newman newton nguyen nichols oliver olson osborne owen owens palmer parker",
    "parsons patel patterson payne pearce pearson perkins perry peters peterson phillips pierce porter potter powell",
    "pratt price quinn ramos randall ray reed rees reid reyes reynolds rice richards richardson riley roberts robertson",
    "robinson rogers rose ross russell ryan sanders saunders schmidt scott shaw shepherd sharp simmons simpson sims",
    "singh smith snyder spencer stephens stevens stevenson stewart stone sullivan sutton taylor thomas thompson thomson",
    "tucker turner wagner walker wallace walsh walters ward warren washington watkins watson watts weaver webb weber",
    "webster welch wells west wheeler white wilkinson williams williamson willis wilson wong wood woods wright young",
    // Spanish and Portuguese.
    "aguilar alvarez alves araujo barbosa cardoso carvalho castillo castro chavez correia costa cruz delgado dias diaz",
    "dominguez dos santos estrada ferreira flores fonseca fuentes garcia gomes gomez goncalves gonzales gonzalez guerrero",
    "gutierrez guzman hernandez herrera jimenez juarez lima lopes lopez marques martinez martins medina mendez mendes",
    "molina morales moreno munoz navarro nunes ortega ortiz pereira perez pinto ramirez ribeiro rios rivera rocha",
    "rodrigues rodriguez rojas romero rosa ruiz salazar sanchez santiago santos silva soares soto sousa souza suarez",
    "teixeira torres valdez vargas vasquez vazquez vega velasquez vieira",
    // German, Dutch and Nordic.
    "andersen bakker bauer becker berg berger bergmann bos braun brouwer busch christensen de boer de jong de vries",
    "dijkstra dekker engel eriksson fischer frank friedrich fuchs gustafsson haas hahn hartmann heinrich herrmann hermann",
    "hofmann horn huber jager jansen janssen jansson johansen johansson jung kaiser karlsson keller klein koch kohler",
    "konig korhonen kraft kramer kraus krause kruger kuhn lang lange larsen larsson lehmann lindberg lindstrom ludwig",
    "maier mayer meier meijer mulder muller mueller nielsen nilsson olsen olsson otto pedersen persson peeters pfeiffer",
    "pohl petersen rasmussen richter roth sauer schafer schaefer schmid schmitt schmitz schneider scholz schroder",
    "schroeder schubert schulte schultz schulz schulze schumacher schuster schwarz seidel simon smit sommer sorensen stein",
    "svensson van den van der van dijk visser vogel vogt voigt vos walter weiss werner winkler winter wolf wolff",
    "ziegler zimmermann",
    // French and Italian.
    "andre barbieri bernard bertrand bianchi blanc bonnet boyer bruno caruso chevalier colombo conti costa david durand",
    "dubois dupont duval esposito faure ferrari ferrara fontana fournier francois galli garnier gatti gauthier gentile",
    "girard giordano greco guerin henry lambert laurent lefebvre legrand leroy lombardi lombardo longo mancini marchetti",
    "mariani marino martinelli mercier michel moreau morel moretti morin nicolas perrin petit ricci rinaldi rizzo",
    "robin romano roussel rousseau roux rossi russo santoro serra simon vincent vitale",
    // Slavic and others.
    "dvorak horvat ivanov ivanova ivanovic jovanovic kaminski kowalczyk kowalski kozlov kuznetsov lewandowski lebedev",
    "morozov nagy nemeth novak novikov novotny nowak pavlov petrov petrovic popescu popov sokolov szabo smirnov toth",
    "vasiliev volkov wisniewski wojcik wozniak zielinski",
    // Asian, Arabic and African.
    "abdullah adeyemi agarwal ahmad ahmed akhtar ali bai begum bhatt chan chang chaudhary chen cheng choi chowdhury chu das",
    "demir desai fujita gao gupta guo hashimoto hassan he hossain hu huang hussein ibrahim inoue islam ito iyer jain jiang",
    "joshi kapoor kato kaur kaya khatun kim kimura kobayashi kumar lau le li liang lim lin liu lu luo ma mahmoud malik",
    "matsumoto mehta mishra mohamed mohammed mukherjee nair nakamura okafor park pham qureshi rahman rao reddy saito",
    "sasaki sato shah shaikh sharma shimizu song sun suzuki takahashi tanaka tang tiwari tran tsai verma wang watanabe",
    "wu xie xu yadav yamada yamaguchi yamamoto yang yilmaz yoshida yu zhang zhao zheng zhou zhu",
];
