//! Models for predictions, as plain numbers in and out.

pub mod boosted;
pub mod buy_till_you_die;
pub mod draws;
pub mod features;
pub mod linear;
pub mod metrics;
pub mod onnx;
mod parts;
pub mod recommend;
pub mod sentiment;
pub mod tabular;
#[cfg(test)]
mod tests;
