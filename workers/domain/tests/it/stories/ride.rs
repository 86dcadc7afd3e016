//! What riders live through.

use std::time::Duration;

use domain::{
    Attention, CancelReason, Command, DeliveryState, Event, PaymentState, Point, Refusal, Sighting,
    State,
};

use crate::cast::*;

const MILLISECOND: Duration = Duration::from_millis(1);

#[test]
fn a_preview_cannot_be_claimed() {
    let mut story = happy_until(4);
    assert!(story.order.is_job_on_offer());
    assert_eq!(story.hear(claim(haneul())), Err(Refusal::WrongState(State::Cooking)));
}

#[test]
fn a_second_rider_is_refused() {
    let mut story = happy_until(6);
    assert_eq!(story.hear(claim(haneul())), Ok(vec![]), "the winner may ask again");
    assert_eq!(story.hear(claim(doyun())), Err(Refusal::Taken));
    assert_eq!(story.hear(pick(doyun())), Err(Refusal::Taken));
    let other = story.hear(Command::Confirm { by: doyun() });
    assert_eq!(other, Err(Refusal::NotYours));
    let winner = story.hear(Command::Confirm { by: haneul() });
    assert_eq!(winner, Err(Refusal::WrongState(State::Cooked)));
}

#[test]
fn a_rider_outside_the_ring_waits_until_it_widens() {
    let mut story = happy_until(5);
    let point = Point { lat: 37.5540 + 0.018, lng: 126.9101 };
    let from = Sighting { point, ..HERE };
    let far = Command::Claim { by: haneul(), from };
    assert!(matches!(story.hear(far.clone()), Err(Refusal::TooFar { ring_meters: 1_500, .. })));
    story.wait();
    assert_eq!(story.order.ring_meters(), Some(3_000));
    assert!(story.hear(far).is_ok());
}

/// However long ago it was that somebody looked where the rider is.
#[test]
fn a_rider_who_was_seen_long_ago_claims_nothing() {
    let story = happy_until(5);
    let seen = |ago| Sighting { at: story.now.before(ago), ..HERE };
    let claim = |ago| Command::Claim { by: haneul(), from: seen(ago) };
    let pick = |ago| Command::Pick { by: haneul(), from: Some(seen(ago)) };
    let (last, stale) = (story.rules.rider_stale, story.rules.rider_stale + MILLISECOND);
    for (good, old) in [(claim(last), claim(stale)), (pick(last), pick(stale))] {
        assert!(story.clone().hear(good).is_ok());
        assert_eq!(story.clone().hear(old), Err(Refusal::PositionUnknown));
    }
}

#[test]
fn who_picks_up_what_is_theirs_need_not_be_seen() {
    let unseen = |by| Command::Pick { by, from: None };
    let mut story = happy_until(6);
    assert_eq!(story.hear(unseen(doyun())), Err(Refusal::Taken));
    let silence = Command::NoticeSilence { rider: haneul() };
    let mut released = story.clone().after([silence]);
    released.now = released.now + released.rules.release_cooldown;
    assert_eq!(released.hear(unseen(haneul())), Err(Refusal::PositionUnknown));
    assert!(story.hear(unseen(haneul())).is_ok());
}

#[test]
fn a_job_nobody_takes_widens_alerts_and_is_given_back() {
    let mut story = happy_until(5);
    let mut rings = vec![];
    while story.wait() {
        rings.extend(story.order.ring_meters());
    }
    assert_eq!(rings, [3_000, 5_000, 7_000, 7_000]);
    assert_eq!(story.now, NOON + story.rules.no_rider_cancel);
    assert!(matches!(story.order.canceled, Some((_, CancelReason::NoRider))));
    story.settle();
    assert_eq!(story.order.payment.state, PaymentState::Refunded);
}

#[test]
fn a_released_job_is_open_again_but_not_for_who_released_it() {
    let release = Command::Release { by: haneul(), reason: "타이어 펑크".into() };
    let mut story = happy_until(6).after([release.clone()]);
    assert_eq!(story.order.delivery.state, DeliveryState::Open);
    assert_eq!(story.order.delivery.opened_at, Some(NOON), "it keeps its age");
    assert_eq!(story.hear(release), Ok(vec![]));
    assert_eq!(story.hear(claim(haneul())), Err(Refusal::ReleasedByYou));
    assert!(story.clone().hear(claim(doyun())).is_ok());
    story.now = story.now + story.rules.release_cooldown;
    assert!(story.hear(claim(haneul())).is_ok());
}

#[test]
fn claiming_and_picking_can_be_one_step() {
    let story = happy_until(5).after([pick(doyun())]);
    assert_eq!(story.order.state, State::Delivering);
    assert_eq!(story.order.delivery.rider, Some(doyun()));
}

#[test]
fn a_silent_rider_loses_the_job_but_not_the_food() {
    let silence = Command::NoticeSilence { rider: haneul() };
    let claimed = happy_until(6).after([silence.clone()]);
    assert_eq!(claimed.order.delivery.state, DeliveryState::Open);

    let mut riding = happy_until(7).after([silence.clone()]);
    assert_eq!(riding.order.state, State::Delivering);
    assert_eq!(riding.order.attention, Some(Attention::RiderSilent));
    assert_eq!(riding.hear(silence), Ok(vec![]), "told once");

    let mut other = happy_until(6);
    assert_eq!(other.hear(Command::NoticeSilence { rider: doyun() }), Ok(vec![]));
}

#[test]
fn a_rider_is_about_to_arrive_once_and_only_with_the_food() {
    let near = Command::NoticeApproach { rider: haneul(), from: AT_DOOR };
    assert_eq!(happy_until(6).hear(near.clone()), Ok(vec![]), "not picked up");
    let mut riding = happy_until(7);
    let far = Command::NoticeApproach { rider: haneul(), from: AT_STORE };
    assert_eq!(riding.hear(far), Ok(vec![]));
    let other = Command::NoticeApproach { rider: doyun(), from: AT_DOOR };
    assert_eq!(riding.hear(other), Ok(vec![]));
    assert_eq!(riding.hear(near.clone()), Ok(vec![Event::RiderApproached]));
    assert_eq!(riding.order.state, State::Delivering);
    assert_eq!(riding.hear(near.clone()), Ok(vec![]));
    // Nor by the next rider, should there be one.
    let reassign = Command::Reassign { by: id("o-1"), reason: "flat tire".into() };
    let mut again = riding.after([reassign, pick(doyun())]);
    let near = Command::NoticeApproach { rider: doyun(), from: AT_DOOR };
    assert_eq!(again.hear(near), Ok(vec![]));
}
