//! Who takes the money: a setting that hub and workers are both started with, so that both mean the
//! same.

/// Who takes the money.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentProvider {
    /// Nobody: the payment's token says what happens.
    Simulated,
    /// Toss Payments.
    Toss,
}

impl PaymentProvider {
    /// Its name, as apps know it.
    pub fn name(self) -> &'static str {
        match self {
            PaymentProvider::Simulated => "simulated",
            PaymentProvider::Toss => "toss",
        }
    }
}
