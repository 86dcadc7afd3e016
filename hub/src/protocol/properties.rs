//! What holds for whatever is read and whatever is written.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const ENCODINGS: [Encoding; 2] = [Encoding::Json, Encoding::Protobuf];

/// A command as a library has it: names and numbers of its fields beside each other.
#[derive(Clone, Debug)]
struct Wish {
    id: u32,
    request: (&'static str, u32),
    fields: Vec<(&'static str, u32, Value)>,
}

impl Wish {
    fn json(&self) -> Vec<u8> {
        let fields = self.fields.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone()));
        json!({"id": self.id, self.request.0: Map::from_iter(fields)}).to_string().into()
    }

    fn protobuf(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        for (_, number, value) in &self.fields {
            match value {
                Value::Bool(is) => tagged_number(&mut fields, *number, u64::from(*is)),
                Value::Number(n) => tagged_number(&mut fields, *number, n.as_u64().unwrap()),
                Value::String(text) => tagged_bytes(&mut fields, *number, text.as_bytes()),
                data => tagged_bytes(&mut fields, *number, data.to_string().as_bytes()),
            }
        }
        let mut message = Vec::new();
        tagged_number(&mut message, 1, self.id.into());
        tagged_bytes(&mut message, self.request.1, &fields);
        let mut frame = Vec::new();
        varint(&mut frame, message.len() as u64);
        frame.extend(message);
        frame
    }
}

fn varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push((number as u8) | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn tagged_number(into: &mut Vec<u8>, field: u32, number: u64) {
    varint(into, u64::from(field << 3));
    varint(into, number);
}

fn tagged_bytes(into: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    varint(into, u64::from((field << 3) | 2));
    varint(into, bytes.len() as u64);
    into.extend(bytes);
}

fn wishes() -> impl Strategy<Value = Wish> {
    let parts = (any::<u32>(), 0..11_usize, any::<(String, String, u64, bool, u16)>(), values());
    parts.prop_map(|(id, kind, (one, other, number, is, small), data)| {
        let channel = ("channel", 1, json!(one));
        let data = json!([data]);
        let (request, fields) = match kind {
            0 => (("connect", 4), vec![("token", 1, json!(one)), ("name", 4, json!(other))]),
            1 => {
                let rest = [
                    ("recover", 3, json!(is)),
                    ("epoch", 6, json!(other)),
                    ("offset", 7, json!(number)),
                    ("data", 8, data),
                    ("delta", 12, json!(other)),
                    ("flag", 14, json!(small)),
                    ("type", 15, json!(small)),
                ];
                (("subscribe", 5), [channel].into_iter().chain(rest).collect())
            }
            2 => (("unsubscribe", 6), vec![channel]),
            3 => (("publish", 7), vec![channel, ("data", 2, data)]),
            4 => (("presence", 8), vec![channel]),
            5 => (("presence_stats", 9), vec![channel]),
            6 => (("history", 10), vec![channel, ("limit", 7, json!(small))]),
            7 => (("send", 12), vec![("data", 1, data)]),
            8 => (("rpc", 13), vec![("data", 1, data), ("method", 2, json!(one))]),
            9 => (("refresh", 14), vec![("token", 1, json!(one))]),
            _ => (("sub_refresh", 15), vec![channel, ("token", 2, json!(other))]),
        };
        Wish { id, request, fields }
    })
}

/// Any JSON at all.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[\r\n\t \"{}]*".prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = vec((".*", inner.clone()), 0..4);
        let object = fields.prop_map(|it| Value::Object(it.into_iter().collect()));
        prop_oneof![vec(inner, 0..4).prop_map(Value::Array), object]
    })
}

/// As somebody with a sense of beauty would write it.
fn pretty(value: &Value) -> Payload {
    RawValue::from_string(serde_json::to_string_pretty(value).unwrap()).unwrap()
}

fn read(encoding: Encoding, frame: &[u8]) -> Vec<String> {
    encoding.commands(frame).map(|command| format!("{command:?}")).collect()
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoders_panic(frame in vec(any::<u8>(), 0..200)) {
        for encoding in ENCODINGS {
            prop_assert!(read(encoding, &frame).len() <= frame.len() + 1);
        }
    }

    #[test]
    fn no_damage_to_a_frame_does_either(
        wishes in vec(wishes(), 1..4),
        scars in vec(any::<(prop::sample::Index, u8, u8)>(), 1..6),
    ) {
        let frames = [
            wishes.iter().map(Wish::json).collect::<Vec<_>>().join(&b'\n'),
            wishes.iter().flat_map(Wish::protobuf).collect(),
        ];
        for mut frame in frames {
            for (at, how, byte) in &scars {
                let at = at.index(frame.len().max(1)).min(frame.len());
                match how % 4 {
                    0 => frame.insert(at, *byte),
                    1 => frame.truncate(at),
                    2 if at < frame.len() => frame[at] ^= byte,
                    3 if at < frame.len() => drop(frame.remove(at)),
                    _ => (),
                }
            }
            for encoding in ENCODINGS {
                prop_assert!(read(encoding, &frame).len() <= frame.len() + 1);
            }
        }
    }

    #[test]
    fn what_is_asked_is_read_alike_in_every_encoding(wishes in vec(wishes(), 1..5)) {
        let json = wishes.iter().map(Wish::json).collect::<Vec<_>>().join(&b'\n');
        let protobuf: Vec<u8> = wishes.iter().flat_map(Wish::protobuf).collect();
        let told = read(Encoding::Json, &json);
        prop_assert_eq!(told.len(), wishes.len());
        prop_assert!(told.iter().all(|it| it.starts_with("Ok")), "{:?}", told);
        prop_assert_eq!(told, read(Encoding::Protobuf, &protobuf));
    }

    #[test]
    fn a_message_is_one_line_whatever_it_carries(
        value in values(),
        text in "(?s).{1,40}",
        offset: u64,
    ) {
        let data = pretty(&value);
        let epoch = Cow::Owned(text.clone());
        let publication = || Publication { data: data.clone(), offset };
        let subscribed = Subscribed {
            data: Some(data.clone()),
            epoch,
            publications: vec![publication()],
            ..Subscribed::default()
        };
        let refused = Refused { message: text.clone().into(), ..Refused::INTERNAL };
        for reply in [
            Reply::Rpc(Some(data.clone())),
            Reply::Subscribe(subscribed),
            Reply::Error(refused),
            Reply::Connect(Connected { data: Some(data.clone()), ..Connected::default() }),
        ] {
            let line = Encoding::Json.reply(7, &reply);
            prop_assert!(!line.contains(&b'\n'));
            prop_assert!(serde_json::from_slice::<Value>(&line).is_ok());
        }
        let news = Encoding::Json.news(&text, &[publication(), publication()]);
        let lines: Vec<_> = news.split(|byte| *byte == b'\n').collect();
        prop_assert_eq!(lines.len(), 2);
        for line in lines {
            let told: Value = serde_json::from_slice(line).unwrap();
            prop_assert_eq!(&told["push"]["pub"]["data"], &value);
            prop_assert_eq!(&told["push"]["channel"], &text);
        }
    }
}
