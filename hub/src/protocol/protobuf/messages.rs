//! The protocol's messages as Protobuf numbers them, as far as the hub speaks them. What is not
//! here is skipped where it is read and never written.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct CommandMessage {
    #[prost(uint32, tag = "1")]
    pub(super) id: u32,
    #[prost(message, optional, tag = "4")]
    pub(super) connect: Option<TokenMessage>,
    #[prost(message, optional, tag = "5")]
    pub(super) subscribe: Option<SubscribeMessage>,
    #[prost(message, optional, tag = "6")]
    pub(super) unsubscribe: Option<NamedMessage>,
    #[prost(message, optional, tag = "7")]
    pub(super) publish: Option<NamedMessage>,
    #[prost(message, optional, tag = "8")]
    pub(super) presence: Option<NamedMessage>,
    #[prost(message, optional, tag = "9")]
    pub(super) presence_stats: Option<NamedMessage>,
    #[prost(message, optional, tag = "10")]
    pub(super) history: Option<NamedMessage>,
    #[prost(message, optional, tag = "12")]
    pub(super) send: Option<EmptyMessage>,
    #[prost(message, optional, tag = "13")]
    pub(super) rpc: Option<RpcMessage>,
    #[prost(message, optional, tag = "14")]
    pub(super) refresh: Option<TokenMessage>,
    #[prost(message, optional, tag = "15")]
    pub(super) sub_refresh: Option<SubRefreshMessage>,
}

/// What `connect` and `refresh` need.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TokenMessage {
    #[prost(string, tag = "1")]
    pub(super) token: String,
}

/// What requests need that are about a channel and nothing else.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NamedMessage {
    #[prost(string, tag = "1")]
    pub(super) channel: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct EmptyMessage {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RpcMessage {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) data: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(super) method: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SubscribeMessage {
    #[prost(string, tag = "1")]
    pub(super) channel: String,
    #[prost(bool, tag = "3")]
    pub(super) recover: bool,
    #[prost(string, tag = "6")]
    pub(super) epoch: String,
    #[prost(uint64, tag = "7")]
    pub(super) offset: u64,
    #[prost(bytes = "vec", tag = "8")]
    pub(super) data: Vec<u8>,
    #[prost(string, tag = "12")]
    pub(super) delta: String,
    #[prost(int64, tag = "14")]
    pub(super) flag: i64,
    #[prost(int32, tag = "15")]
    pub(super) kind: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SubRefreshMessage {
    #[prost(string, tag = "1")]
    pub(super) channel: String,
    #[prost(string, tag = "2")]
    pub(super) token: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ReplyMessage {
    #[prost(uint32, tag = "1")]
    pub(super) id: u32,
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<ErrorMessage>,
    #[prost(message, optional, tag = "4")]
    pub(super) push: Option<PushMessage>,
    #[prost(message, optional, tag = "5")]
    pub(super) connect: Option<ConnectedMessage>,
    #[prost(message, optional, tag = "6")]
    pub(super) subscribe: Option<SubscribedMessage>,
    #[prost(message, optional, tag = "7")]
    pub(super) unsubscribe: Option<EmptyMessage>,
    #[prost(message, optional, tag = "13")]
    pub(super) rpc: Option<AnswerMessage>,
    #[prost(message, optional, tag = "14")]
    pub(super) refresh: Option<RefreshedMessage>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ErrorMessage {
    #[prost(uint32, tag = "1")]
    pub(super) code: u32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(bool, tag = "3")]
    pub(super) temporary: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PushMessage {
    #[prost(string, tag = "2")]
    pub(super) channel: String,
    #[prost(message, optional, tag = "4")]
    pub(super) publication: Option<PublicationMessage>,
    #[prost(message, optional, tag = "7")]
    pub(super) unsubscribe: Option<UnsubscribedMessage>,
    #[prost(message, optional, tag = "11")]
    pub(super) disconnect: Option<DisconnectMessage>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PublicationMessage {
    #[prost(bytes = "vec", tag = "4")]
    pub(super) data: Vec<u8>,
    #[prost(uint64, tag = "6")]
    pub(super) offset: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct UnsubscribedMessage {
    #[prost(uint32, tag = "2")]
    pub(super) code: u32,
    #[prost(string, tag = "3")]
    pub(super) reason: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DisconnectMessage {
    #[prost(uint32, tag = "1")]
    pub(super) code: u32,
    #[prost(string, tag = "2")]
    pub(super) reason: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConnectedMessage {
    #[prost(string, tag = "1")]
    pub(super) client: String,
    #[prost(string, tag = "2")]
    pub(super) version: String,
    #[prost(bool, tag = "3")]
    pub(super) expires: bool,
    #[prost(uint32, tag = "4")]
    pub(super) ttl: u32,
    #[prost(bytes = "vec", tag = "5")]
    pub(super) data: Vec<u8>,
    #[prost(uint32, tag = "7")]
    pub(super) ping: u32,
    #[prost(bool, tag = "8")]
    pub(super) pong: bool,
    #[prost(string, tag = "9")]
    pub(super) session: String,
    #[prost(string, tag = "10")]
    pub(super) node: String,
    #[prost(int64, tag = "11")]
    pub(super) time: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RefreshedMessage {
    #[prost(string, tag = "1")]
    pub(super) client: String,
    #[prost(string, tag = "2")]
    pub(super) version: String,
    #[prost(bool, tag = "3")]
    pub(super) expires: bool,
    #[prost(uint32, tag = "4")]
    pub(super) ttl: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SubscribedMessage {
    #[prost(bool, tag = "3")]
    pub(super) recoverable: bool,
    #[prost(string, tag = "6")]
    pub(super) epoch: String,
    #[prost(message, repeated, tag = "7")]
    pub(super) publications: Vec<PublicationMessage>,
    #[prost(bool, tag = "8")]
    pub(super) recovered: bool,
    #[prost(uint64, tag = "9")]
    pub(super) offset: u64,
    #[prost(bool, tag = "10")]
    pub(super) positioned: bool,
    #[prost(bytes = "vec", tag = "11")]
    pub(super) data: Vec<u8>,
    #[prost(bool, tag = "12")]
    pub(super) was_recovering: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AnswerMessage {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) data: Vec<u8>,
}
