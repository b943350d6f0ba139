//! What people are called.

use std::collections::HashSet;

use super::draws::{Draws, Skewed};

/// A given name and the short forms that friends use.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) formal: String,
    pub(crate) nicknames: Vec<String>,
}

/// The names of a population: common ones from lists, rare ones from syllables.
#[derive(Debug)]
pub(crate) struct Names {
    women: Vec<Given>,
    men: Vec<Given>,
    families: Vec<String>,
    given_law: Skewed,
    family_law: Skewed,
}

const GIVEN: u32 = 800;
const FAMILIES: u32 = 20_000;

impl Names {
    /// The same names in every population.
    pub(crate) fn new() -> Self {
        let mut draws = Draws::new(7);
        Self {
            women: given(WOMEN, WOMEN_TAILS, &mut draws),
            men: given(MEN, MEN_TAILS, &mut draws),
            families: families(&mut draws),
            given_law: Skewed::new(GIVEN, 2),
            family_law: Skewed::new(FAMILIES, 15),
        }
    }

    /// The given name of a woman or of a man.
    pub(crate) fn given(&self, woman: bool, draws: &mut Draws) -> &Given {
        let rank = self.given_law.draw(draws);
        if woman { &self.women[rank] } else { &self.men[rank] }
    }

    /// A family name.
    pub(crate) fn family(&self, draws: &mut Draws) -> &str {
        &self.families[self.family_law.draw(draws)]
    }

    /// The family name of a rank, the common ones first, for things that are called after families.
    pub(crate) fn ranked_family(&self, rank: usize) -> &str {
        &self.families[rank % self.families.len()]
    }
}

fn given(list: &str, tails: &str, draws: &mut Draws) -> Vec<Given> {
    let mut names = Vec::with_capacity(GIVEN as usize);
    let mut seen = HashSet::new();
    for line in list.split(',') {
        let mut forms = line.split_whitespace().map(titled);
        if let Some(formal) = forms.next() {
            seen.insert(formal.clone());
            names.push(Given { formal, nicknames: forms.collect() });
        }
    }
    let (heads, middles, tails) = (words(GIVEN_HEADS), words(GIVEN_MIDDLES), words(tails));
    while names.len() < GIVEN as usize {
        let middle = if draws.chance(600) { draws.pick(&middles) } else { "" };
        let formal = titled(&format!("{}{middle}{}", draws.pick(&heads), draws.pick(&tails)));
        if seen.insert(formal.clone()) {
            let clipped = formal.get(..4).filter(|_| formal.len() >= 6 && draws.chance(500));
            let nicknames = clipped.map(str::to_owned).into_iter().collect();
            names.push(Given { formal, nicknames });
        }
    }
    names.truncate(GIVEN as usize);
    names
}

fn families(draws: &mut Draws) -> Vec<String> {
    let mut names: Vec<String> = words(COMMON_FAMILIES).into_iter().map(str::to_owned).collect();
    let mut seen: HashSet<String> = names.iter().cloned().collect();
    let (heads, middles, tails) = (words(FAMILY_HEADS), words(FAMILY_MIDDLES), words(FAMILY_TAILS));
    while names.len() < FAMILIES as usize {
        let middle = if draws.chance(550) { draws.pick(&middles) } else { "" };
        let name = titled(&format!("{}{middle}{}", draws.pick(&heads), draws.pick(&tails)));
        if (4..=10).contains(&name.len()) && seen.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn titled(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Women's names, each before its short forms, common ones first.
const WOMEN: &str = "mary molly polly, jennifer jen jenny, elizabeth liz beth betty eliza, linda lindy, \
    barbara barb babs, susan sue susie, jessica jess jessie, sarah sally sadie, karen, lisa, nancy nan, \
    margaret maggie meg peggy margie, sandra sandy, ashley ash, kimberly kim, emily em emmy, donna, \
    michelle shelly, carol, amanda mandy, melissa mel missy, deborah deb debbie, stephanie steph, \
    dorothy dot dottie, rebecca becky becca, sharon shari, laura laurie, cynthia cindy, amy, \
    kathleen kathy kath, angela angie, shirley, brenda, emma, anna annie, pamela pam, nicole nicky, \
    samantha sam, katherine kate katie kathy, christine chris chrissy tina, helen nell, debra deb debbie, \
    rachel, carolyn carrie, janet jan, maria, catherine cathy kate, heather, diane di, olivia livvy, julie, \
    joyce, victoria vicky tori, ruth ruthie, virginia ginny, lauren, kelly, christina tina chris, joan joanie, \
    evelyn evie, judith judy, andrea andy, hannah, megan meg, cheryl cher, jacqueline jackie, martha marty, \
    madison maddie, teresa terry tess, gloria, sara, janice jan, ann annie, kathryn kathy kate, \
    abigail abby gail, sophia sophie, frances fran frankie, jean jeannie, alice, isabella bella izzy, \
    julia, grace, amber, denise, danielle dani, marilyn, beverly bev, charlotte lottie, natalie nat, \
    theresa terry tess, diana di, brittany britt, doris, kayla, alexis lexi, lori, marie, eleanor ellie nora, \
    josephine jo josie, valerie val, veronica ronnie, rosemary rose, gabrielle gabby, philippa pippa, \
    alexandra alex sandra sasha, penelope penny, matilda tilly, florence flo, wilhelmina mina billie, \
    constance connie, beatrice bea trixie, patricia pat patty trish, caroline carrie, yolanda, ingrid, \
    priya, aisha, mei, carmen, lucia lucy, paula, irene, cecilia cece, harriet hattie, leah, zoe, ines";

/// Men's names, each before its short forms, common ones first.
const MEN: &str = "james jim jimmy jamie, robert bob rob bobby, john jack johnny, michael mike mick, \
    david dave davy, william bill will billy, richard rick dick rich, joseph joe joey, thomas tom tommy, \
    christopher chris kit, charles charlie chuck, daniel dan danny, matthew matt, anthony tony, mark, \
    donald don donnie, steven steve, andrew andy drew, paul, joshua josh, kenneth ken kenny, kevin kev, \
    brian, timothy tim timmy, ronald ron ronnie, george, jason jay, edward ed ted eddie, jeffrey jeff, ryan, \
    jacob jake, nicholas nick nicky, gary, eric, jonathan jon jonny, stephen steve, larry, justin, scott, \
    brandon, benjamin ben benny, samuel sam sammy, gregory greg, alexander alex sandy, patrick pat paddy, \
    frank frankie, raymond ray, dennis denny, jerry, tyler ty, aaron, jose pepe, henry hank harry, adam, \
    douglas doug, nathan nate, peter pete, zachary zach, walter walt wally, kyle, harold harry hal, \
    ethan, arthur art artie, albert al bert, noah, roger, keith, terry, sean, austin, gerald gerry jerry, \
    carl, christian chris, dylan, bryan, louis lou, roy, bruce, ralph, eugene gene, gabriel gabe, logan, \
    vincent vince vinny, russell russ, philip phil, randall randy, bradley brad, francis frank, \
    leonard len lenny, frederick fred freddie, theodore ted theo, stanley stan, maxwell max, victor vic, \
    oliver ollie, elijah eli, martin marty, curtis curt, ernest ernie, clifford cliff, desmond des, \
    gilbert gil, mitchell mitch, lawrence larry laurie, abraham abe, solomon sol, augustus gus, omar, \
    ravi, kenji, mateo, lars, hugo, rupert, ibrahim, wei, juan, luis, carlos, diego, antonio, pablo, ivan";

const GIVEN_HEADS: &str = "al an bre bri ca cal che da dar de del do el em er fa fe ga ger ha hel jo ja je ka ke \
    kel la le lo lu ma mar me mi mo na ni no o pa per ra re ro ru sa se sha she ta te ti tre va ve vi wa we ya za";
const GIVEN_MIDDLES: &str =
    "b bri c d da de dri fi k la li lin lo lu m mi mo n na ni no r ra ri ro s si t th v vi";
const WOMEN_TAILS: &str = "a ah ana anne ara een elle ena ene essa etta ette ia iah ice ie ina ine ira issa ita lyn lynn ora wen ya";
const MEN_TAILS: &str =
    "ael ald am an ard as ell en ence er ert eus ian iel in io ius o ock old on or ory os ott us win";

/// Family names, common ones first.
const COMMON_FAMILIES: &str = "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez \
    Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark \
    Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker \
    Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes \
    Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos \
    Kim Cox Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo \
    Sanders Patel Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson \
    Barnes Fisher Vasquez Simmons Romero Patterson Hamilton Graham Reynolds Griffin Wallace Moreno West Cole Hayes \
    Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison Fernandez \
    McDonald Woods Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter \
    Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd \
    Stone Salazar Fox Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner \
    Payne Grant Dunn Kelley Spencer Hawkins O'Brien O'Connor Kowalski Ivanova Okafor Yamamoto Rossi Novak Larsen Singh \
    Sharma Khan Ahmed Svensson Nielsen Keller Moretti Costa Almeida";

const FAMILY_HEADS: &str = "al am an ar ash ba bal bar bas bel ben ber bir bla bo bol bor bra bren bri bro bu bur ca cal \
    can car cas cha che cla co col con cor cra cro cu da dal dan de del den do don dra du dun e ed el en er fa fal far \
    fe fen fi fin fla fo fra fu ga gal gar ge gil go gra gri gro gu ha hal ham han har hat haw he hen her hi ho hol hor \
    hu ja jen ka kar ke kel ken kir ko kra la lan lar le len li lin lo lu ma mal mar mat me mel men mi mil mo mon mor mu \
    na ne ni no nor o ol or pa par pe pen pi po por pra pre qui ra ran re ri ro ros ru sa sal san sar scha schu se sel \
    sha she shi si sla so spe sta ste sto stra su ta tal tar te ten ti to tor tra tre tu u va van ve ver vi vo wa wal \
    war we wel wi wil win wo ya yo za ze";
const FAMILY_MIDDLES: &str = "b be ber c ca ck d da del den der di do dri f fi g ga ger k ka ker l la le li lin ll lo m ma \
    men mi mp n na nd ne nge ni no nt p r ra re ri ro rr rs s sa se si st t ta te ti tt u v va ve vi z";
const FAMILY_TAILS: &str = "ach ak ald am an and ano ant ard as ay bach bee berg bert ble bury by cott court dale dell den \
    der don dorf e edo elli en er ero ers es ett ette ey ez feld field ford gate ger ham hardt hurst ick ier ies illo in \
    ine ing ington ini ino is ke kins kov land ler let ley lin lock low ly mann mer mond more ney nik o off olt on one or \
    ora ord osa oski ott ow que ram rell rick ris sen ser sey shaw ski son stad stein ster stone sky tell ter thorpe ton \
    tti ty ulla ure us vale vich ville vitz wald way well wick win wood worth yk zer";
