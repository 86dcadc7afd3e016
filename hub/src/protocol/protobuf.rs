//! The Protobuf encoding: every message behind its length, as a varint.
//!
//! Payloads are the same JSON as everywhere, as bytes that this encoding does not look into.

mod messages;

use axum::body::Bytes;
use prost::Message;

use super::{
    Close, Command, Connect, Connected, Malformed, Named, Payload, Publication, Refreshed, Refused,
    Reply, Request, Rpc, SessionKey, SubRefresh, Subscribe, Subscribed, Token, Unsubscribed,
};
use messages::{
    AnswerMessage, CommandMessage, ConnectedMessage, DisconnectMessage, EmptyMessage, ErrorMessage,
    NamedMessage, PublicationMessage, PushMessage, RefreshedMessage, ReplyMessage, RpcMessage,
    SubRefreshMessage, SubscribeMessage, SubscribedMessage, UnsubscribedMessage,
};

/// A message of no length.
pub(super) const PING: Bytes = Bytes::from_static(&[0]);

/// The commands of a frame, one at least.
pub(super) fn commands(frame: &[u8]) -> impl Iterator<Item = Result<Command, Malformed>> {
    let mut rest = Some(frame);
    std::iter::from_fn(move || {
        let command = split(rest.take()?).and_then(|(message, behind)| {
            rest = Some(behind).filter(|behind| !behind.is_empty());
            command(message)
        });
        if command.is_err() {
            rest = None;
        }
        Some(command)
    })
}

/// The first message of a frame, and what is behind it.
fn split(mut frame: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let length = prost::decode_length_delimiter(&mut frame).map_err(|_| Malformed)?;
    frame.split_at_checked(length).ok_or(Malformed)
}

fn command(message: &[u8]) -> Result<Command, Malformed> {
    let message = CommandMessage::decode(message).map_err(|_| Malformed)?;
    let CommandMessage { id, rpc, subscribe, .. } = message;
    let named = |it: NamedMessage| Named { channel: it.channel };
    let request = message
        .connect
        .map(|it| Request::Connect(Connect { token: it.token }))
        .or(subscribe.map(self::subscribe).transpose()?)
        .or_else(|| message.unsubscribe.map(named).map(Request::Unsubscribe))
        .or_else(|| message.publish.map(named).map(Request::Publish))
        .or_else(|| message.presence.map(named).map(Request::Presence))
        .or_else(|| message.presence_stats.map(named).map(Request::Presence))
        .or_else(|| message.history.map(named).map(Request::History))
        .or(rpc.map(self::rpc).transpose()?)
        .or_else(|| message.send.map(|EmptyMessage {}| Request::Send))
        .or_else(|| message.refresh.map(|it| Request::Refresh(Token { token: it.token })))
        .or_else(|| message.sub_refresh.map(sub_refresh));
    Ok(Command { id, request })
}

fn subscribe(message: SubscribeMessage) -> Result<Request, Malformed> {
    let SubscribeMessage { channel, recover, epoch, offset, data, delta, flag, kind } = message;
    let data = read(&data)?;
    let subscribe = Subscribe { channel, recover, epoch, offset, data, delta, flag, kind };
    Ok(Request::Subscribe(Box::new(subscribe)))
}

fn sub_refresh(message: SubRefreshMessage) -> Request {
    let SubRefreshMessage { channel, token } = message;
    Request::SubRefresh(SubRefresh { channel, token })
}

fn rpc(message: RpcMessage) -> Result<Request, Malformed> {
    let RpcMessage { data, method } = message;
    Ok(Request::Rpc(Rpc { method, data: read(&data)? }))
}

/// What came as bytes has to be JSON, which the other encoding could not do without either.
fn read(data: &[u8]) -> Result<Option<Payload>, Malformed> {
    match data {
        [] => Ok(None),
        data => serde_json::from_slice(data).map(Some).map_err(|_| Malformed),
    }
}

pub(super) fn reply(id: u32, reply: &Reply) -> Bytes {
    let mut message = ReplyMessage { id, ..ReplyMessage::default() };
    match reply {
        Reply::Connect(connected) => message.connect = Some(connected.into()),
        Reply::Subscribe(subscribed) => message.subscribe = Some(subscribed.into()),
        Reply::Unsubscribe => message.unsubscribe = Some(EmptyMessage {}),
        Reply::Rpc(data) => message.rpc = Some(AnswerMessage { data: written(data.as_ref()) }),
        Reply::Refresh(refreshed) => message.refresh = Some(refreshed.into()),
        Reply::Error(refused) => message.error = Some(refused.into()),
    }
    write(&message)
}

pub(super) fn news(channel: &str, publications: &[Publication]) -> Bytes {
    let message = |publication: &Publication| {
        let publication = Some(publication.into());
        push(PushMessage { channel: channel.to_owned(), publication, ..PushMessage::default() })
    };
    match publications {
        [one] => message(one),
        many => many.iter().map(message).collect::<Vec<_>>().concat().into(),
    }
}

pub(super) fn unsubscribe(channel: &str, end: Unsubscribed) -> Bytes {
    let end = UnsubscribedMessage { code: end.code, reason: end.reason.to_owned() };
    let channel = channel.to_owned();
    push(PushMessage { channel, unsubscribe: Some(end), ..PushMessage::default() })
}

pub(super) fn disconnect(close: Close) -> Bytes {
    let end = DisconnectMessage { code: close.code.into(), reason: close.reason.to_owned() };
    push(PushMessage { disconnect: Some(end), ..PushMessage::default() })
}

fn push(push: PushMessage) -> Bytes {
    write(&ReplyMessage { push: Some(push), ..ReplyMessage::default() })
}

fn write(message: &ReplyMessage) -> Bytes {
    message.encode_length_delimited_to_vec().into()
}

fn written(data: Option<&Payload>) -> Vec<u8> {
    data.map(|data| data.get().as_bytes().to_vec()).unwrap_or_default()
}

impl From<&Connected> for ConnectedMessage {
    fn from(connected: &Connected) -> ConnectedMessage {
        ConnectedMessage {
            client: connected.client.clone(),
            version: connected.version.to_owned(),
            expires: connected.expires,
            ttl: connected.ttl,
            data: written(connected.data.as_ref()),
            ping: connected.ping,
            pong: connected.pong,
            session: connected.session.map(SessionKey::expose).unwrap_or_default(),
            node: connected.node.clone().unwrap_or_default(),
            time: i64::try_from(connected.time).unwrap_or(i64::MAX),
        }
    }
}

impl From<&Refreshed> for RefreshedMessage {
    fn from(refreshed: &Refreshed) -> RefreshedMessage {
        RefreshedMessage {
            client: refreshed.client.clone(),
            version: refreshed.version.to_owned(),
            expires: refreshed.expires,
            ttl: refreshed.ttl,
        }
    }
}

impl From<&Subscribed> for SubscribedMessage {
    fn from(subscribed: &Subscribed) -> SubscribedMessage {
        SubscribedMessage {
            recoverable: subscribed.recoverable,
            epoch: subscribed.epoch.to_string(),
            publications: subscribed.publications.iter().map(Into::into).collect(),
            recovered: subscribed.recovered,
            offset: subscribed.offset,
            positioned: subscribed.positioned,
            data: written(subscribed.data.as_ref()),
            was_recovering: subscribed.was_recovering,
        }
    }
}

impl From<&Publication> for PublicationMessage {
    fn from(publication: &Publication) -> PublicationMessage {
        let data = written(Some(&publication.data));
        PublicationMessage { data, offset: publication.offset }
    }
}

impl From<&Refused> for ErrorMessage {
    fn from(refused: &Refused) -> ErrorMessage {
        ErrorMessage {
            code: refused.code,
            message: refused.message.to_string(),
            temporary: refused.temporary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::messages::TokenMessage;
    use super::*;
    use crate::protocol::{Encoding, payload};

    fn told(frame: &[u8]) -> Vec<ReplyMessage> {
        let mut rest = frame;
        let mut replies = Vec::new();
        while !rest.is_empty() {
            let (message, behind) = split(rest).unwrap();
            replies.push(ReplyMessage::decode(message).unwrap());
            rest = behind;
        }
        replies
    }

    #[test]
    fn a_frame_is_read_up_to_the_first_bad_message() {
        let connect = Some(TokenMessage { token: "t".to_owned() });
        let connect = CommandMessage { id: 1, connect, ..CommandMessage::default() };
        let mut frame = connect.encode_length_delimited_to_vec();
        frame.extend([0, 200, 0]);
        let commands: Vec<_> = commands(&frame).collect();
        assert_eq!(commands.len(), 3);
        let first = commands[0].as_ref().unwrap();
        assert!(matches!(&first.request, Some(Request::Connect(it)) if it.token == "t"));
        assert!(commands[1].as_ref().unwrap().request.is_none());
        assert!(commands[2].is_err());
        assert!(super::commands(&[]).all(|it| it.is_err()), "an empty frame");
    }

    #[test]
    fn both_encodings_carry_the_same_bytes() {
        let data = payload(&"망원동");
        let publications = [
            Publication { data: data.clone(), offset: 0 },
            Publication { data: data.clone(), offset: u64::MAX },
        ];
        let heard = told(&news("order:1", &publications));
        let heard = heard.into_iter().map(|it| it.push.unwrap().publication.unwrap());
        for (heard, said) in heard.zip(&publications) {
            assert_eq!((heard.data.as_slice(), heard.offset), (data.get().as_bytes(), said.offset));
        }
        let text = Encoding::Json.news("order:1", &publications);
        assert!(String::from_utf8_lossy(&text).contains(data.get()));
    }

    #[test]
    fn empty_results_are_there() {
        assert_eq!(told(&reply(7, &Reply::Unsubscribe))[0].unsubscribe, Some(EmptyMessage {}));
        assert!(told(&reply(7, &Reply::Rpc(None)))[0].rpc.is_some());
        let end = told(&unsubscribe("c", Unsubscribed::INSUFFICIENT_STATE)).remove(0);
        assert_eq!(end.push.unwrap().unsubscribe.unwrap().code, 2_500);
        let end = told(&disconnect(Close::SHUTDOWN)).remove(0);
        assert_eq!(end.push.unwrap().disconnect.unwrap().code, 3_001);
        assert_eq!(told(&PING), [ReplyMessage::default()]);
    }
}
