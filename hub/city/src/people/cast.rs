//! Who is played by a human, and who by the city.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::watch;

/// What somebody is in the trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Orders dinner.
    Customer,
    /// Cooks it.
    Store,
    /// Brings it.
    Rider,
}

/// Somebody of the neighbourhood, written like `customer:c-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// What they are.
    pub role: Role,
    /// The customer's, store's or rider's id.
    pub id: String,
}

impl Person {
    /// The person with this role and id.
    pub fn new(role: Role, id: impl Into<String>) -> Self {
        Self { role, id: id.into() }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::Customer => "customer",
            Role::Store => "store",
            Role::Rider => "rider",
        };
        write!(f, "{role}:{}", self.id)
    }
}

/// The people whom humans have taken over. Cloned handles are the same cast.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    taken_over: Arc<watch::Sender<BTreeSet<Person>>>,
}

impl Cast {
    /// Stops the simulation of `person`.
    pub fn take_over(&self, person: Person) {
        self.taken_over.send_modify(|taken| {
            taken.insert(person);
        });
    }

    /// Lets the city play `person` again.
    pub fn give_back(&self, person: &Person) {
        self.taken_over.send_modify(|taken| {
            taken.remove(person);
        });
    }

    /// Whether a human plays `person`.
    pub fn is_taken_over(&self, person: &Person) -> bool {
        self.taken_over.borrow().contains(person)
    }

    /// Everybody who is played by a human.
    pub fn taken_over(&self) -> Vec<Person> {
        self.taken_over.borrow().iter().cloned().collect()
    }

    /// Waits until a human plays `person`.
    pub async fn until_taken_over(&self, person: &Person) {
        self.until(|taken| taken.contains(person)).await;
    }

    /// Waits until the city plays `person`.
    pub async fn until_given_back(&self, person: &Person) {
        self.until(|taken| !taken.contains(person)).await;
    }

    async fn until(&self, holds: impl Fn(&BTreeSet<Person>) -> bool) {
        // Can't fail: this handle holds the sender.
        let _ = self.taken_over.subscribe().wait_for(|taken| holds(taken)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_who_wait_learn_who_plays_a_person() {
        let (cast, mina) = (Cast::default(), Person::new(Role::Customer, "c-1"));
        cast.until_given_back(&mina).await;
        let waiting = tokio::spawn({
            let (cast, mina) = (cast.clone(), mina.clone());
            async move { cast.until_taken_over(&mina).await }
        });
        cast.take_over(Person::new(Role::Rider, "c-1"));
        assert!(!cast.is_taken_over(&mina));
        cast.take_over(mina.clone());
        waiting.await.unwrap();
        cast.give_back(&mina);
        cast.until_given_back(&mina).await;
        assert_eq!(cast.taken_over().len(), 1);
    }
}
