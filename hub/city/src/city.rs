//! The neighbourhood as it lives: its streets, its people, its clock, and who is played by whom.

use std::sync::Arc;

use crate::neighbourhood::Neighbourhood;
use crate::people::Cast;
use crate::streets::Streets;
use crate::tempo::{Tempo, UnknownSpeed};
use crate::troubles::Troubles;

/// What the people and the control share. Cloned handles are the same city.
#[derive(Debug, Clone)]
pub struct City {
    /// The roads.
    pub streets: Arc<Streets>,
    /// Everybody, and where they live and work.
    pub neighbourhood: Arc<Neighbourhood>,
    /// How fast they live.
    pub tempo: Tempo,
    /// Who is played by a human.
    pub cast: Cast,
    /// What is being done to them on purpose.
    pub troubles: Troubles,
    /// How many of them the city moves, at most.
    pub people: usize,
    /// What makes this city different from others.
    pub seed: u64,
}

impl City {
    /// The city of this seed, asleep. It will move so many of its `people`, at most.
    ///
    /// # Errors
    /// A speed at which nobody here lives.
    pub fn new(seed: u64, speed: u32, people: usize) -> Result<Self, UnknownSpeed> {
        let streets = Streets::new(seed);
        let neighbourhood = Neighbourhood::new(&streets, seed);
        Ok(Self {
            streets: Arc::new(streets),
            neighbourhood: Arc::new(neighbourhood),
            tempo: Tempo::new(speed)?,
            cast: Cast::default(),
            troubles: Troubles::default(),
            people,
            seed,
        })
    }
}
