//! The methods, one file each.

mod churn;
pub(super) mod classifier;
mod labelled;
pub(super) mod lifetime_value;
pub(super) mod onnx;
pub(super) mod recommendation;
pub(super) mod regressor;
pub(super) mod sentiment;
pub(super) mod subscription_churn;
pub(super) mod transaction_churn;
mod value_model;
