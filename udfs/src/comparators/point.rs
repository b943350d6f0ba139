use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
use super::jaro_winkler::Scratch;
use super::numbers::{Points, numbers};
use super::{key, level};
use crate::similarity::great_circle_km::EARTH_RADIUS_KM;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "the same point"),
    level("within_100_m", 0.0, "less than 100 m apart"),
    level("within_1_km", 0.0, "less than 1 km apart"),
    level("within_10_km", 0.0, "less than 10 km apart"),
    level("far", 0.0, "10 km apart or more"),
];

const KEYS: &[&[Key]] = &[
    &[key("CAST({c} AS VARCHAR)", 3, 0), key("CAST(round({c}, 2) AS VARCHAR)", 2, 0)],
    &[key("CAST({c} AS VARCHAR)", 3, 0), key("CAST(round({c}, 2) AS VARCHAR)", 2, 0)],
];

/// The comparator `point`.
#[derive(Debug)]
pub(super) struct Point;

impl Comparator for Point {
    fn name(&self) -> &'static str {
        "point"
    }

    fn description(&self) -> &'static str {
        "Points on the earth, by their distance."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["latitude", "longitude"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let [latitudes, longitudes] = take_function_args(self.name(), columns)?;
        let (latitudes, longitudes) = (numbers(self.name(), latitudes)?, numbers(self.name(), longitudes)?);
        let mut distinct = Points::default();
        let values = latitudes.iter().zip(&longitudes).map(|point| match point {
            (Some(latitude), Some(longitude)) if is_point(latitude, longitude) => {
                distinct.number([latitude, longitude])
            }
            _ => NONE,
        });
        let values = values.collect();
        let points = distinct.finish();
        let directions =
            points.iter().map(|[latitude, longitude]| direction(*latitude, *longitude)).collect();
        Ok(Column::prepared(values, Directions { points, directions }))
    }
}

/// Whether there is such a point. What is at 0, 0 is usually a point that is not known.
fn is_point(latitude: f64, longitude: f64) -> bool {
    latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude != 0.0 || longitude != 0.0)
}

/// A point as a vector of length 1 from the middle of the earth.
fn direction(latitude: f64, longitude: f64) -> [f64; 3] {
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

/// Distinct points in degrees, and as directions.
#[derive(Debug)]
struct Directions {
    points: Vec<[f64; 2]>,
    directions: Vec<[f64; 3]>,
}

impl Measure for Directions {
    fn distinct(&self) -> usize {
        self.points.len()
    }

    fn text(&self, value: u32) -> String {
        let [latitude, longitude] = self.points[value as usize];
        format!("{latitude}, {longitude}")
    }

    /// By the length of the chord, which is as good as the way on the surface for near points.
    fn level(&self, _scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.directions[a as usize], self.directions[b as usize]);
        let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
        let kilometres = square.sqrt() * EARTH_RADIUS_KM;
        if kilometres < 0.1 {
            2
        } else if kilometres < 1.0 {
            3
        } else if kilometres < 10.0 {
            4
        } else {
            5
        }
    }
}
