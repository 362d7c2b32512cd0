//! JSON values that know where they stand.

use std::borrow::Cow;

use crate::set::error::shown;
use crate::set::limits;

/// Something wrong at a byte of the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) reason: String,
}

/// A value, and its first byte.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) offset: usize,
    pub(super) value: Value<'a>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Vec<Member<'a>>),
}

/// A member of an object, and the first byte of its name.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) offset: usize,
    pub(super) name: Cow<'a, str>,
    pub(super) node: Node<'a>,
}

impl<'a> Node<'a> {
    /// Reads a text whose syntax was checked before: what does not fit the grammar here is refused without
    /// a good reason.
    pub(super) fn parse(text: &'a str) -> Result<Self, Fault> {
        Cursor { text, at: 0, nodes: 0 }.node(0)
    }

    pub(super) fn has_member(&self, name: &str) -> bool {
        matches!(&self.value, Value::Object(members) if members.iter().any(|member| member.name == name))
    }

    /// The path to what stands at a byte, such as `captions[1].language`; empty for the whole.
    pub(super) fn path_to(&self, offset: usize) -> String {
        let mut path = String::new();
        let mut node = self;
        while node.offset != offset {
            node = match &node.value {
                Value::List(nodes) => {
                    let next = nodes.iter().enumerate().take_while(|(_, node)| node.offset <= offset).last();
                    let Some((index, next)) = next else { break };
                    path = format!("{path}[{index}]");
                    next
                }
                Value::Object(members) => {
                    let next = members.iter().take_while(|member| member.offset <= offset).last();
                    let Some(Member { offset: name_at, name, node: next }) = next else { break };
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&plain_name(name));
                    if *name_at == offset {
                        break;
                    }
                    next
                }
                _ => break,
            };
        }
        path
    }
}

/// A name in a path; with quotation marks if it is none that any field has.
fn plain_name(name: &str) -> String {
    let is_plain = !name.is_empty() && name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_plain { name.to_owned() } else { shown(name) }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    nodes: usize,
}

impl<'a> Cursor<'a> {
    fn node(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        self.skip_space();
        let offset = self.at;
        self.nodes += 1;
        if self.nodes > limits::NODES {
            return Err(self.fault(format!("there are more than {} values", limits::NODES)));
        }
        if depth > limits::DEPTH {
            return Err(self.fault(format!("values are nested more than {} deep", limits::DEPTH)));
        }
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.members(depth)?),
            Some(b'[') => Value::List(self.nodes(depth)?),
            Some(b'"') => Value::Text(self.string()?),
            _ => self.scalar()?,
        };
        Ok(Node { offset, value })
    }

    fn nodes(&mut self, depth: usize) -> Result<Vec<Node<'a>>, Fault> {
        let mut nodes = Vec::new();
        self.at += 1;
        while !self.take(b']') {
            nodes.push(self.node(depth + 1)?);
            self.take(b',');
        }
        Ok(nodes)
    }

    fn members(&mut self, depth: usize) -> Result<Vec<Member<'a>>, Fault> {
        let mut members = Vec::new();
        self.at += 1;
        while !self.take(b'}') {
            self.skip_space();
            let offset = self.at;
            let name = self.string()?;
            self.take(b':');
            members.push(Member { offset, name, node: self.node(depth + 1)? });
            self.take(b',');
        }
        Ok(members)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let mut is_escaped = false;
        // The first byte is the opening quotation mark.
        let end = rest.iter().skip(1).position(|byte| {
            let ends = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            ends
        });
        let raw = end.and_then(|end| self.text.get(self.at..self.at + end + 2));
        let raw = raw.ok_or_else(|| self.fault("a string is expected".to_owned()))?;
        let string = if raw.contains('\\') {
            // An unpaired surrogate passes the check of the syntax.
            let unescaped = serde_json::from_str::<String>(raw);
            Cow::Owned(unescaped.map_err(|_| self.fault(format!("{} is no Unicode text", shown(raw))))?)
        } else {
            Cow::Borrowed(raw.trim_matches('"'))
        };
        self.at += raw.len();
        Ok(string)
    }

    fn scalar(&mut self) -> Result<Value<'a>, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}' | ':');
        let word = rest.split(is_end).next().unwrap_or_default();
        let value = match word {
            "" => return Err(self.fault("a value is expected".to_owned())),
            "null" => Value::Null,
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            _ => Value::Number(word),
        };
        self.at += word.len();
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn fault(&self, reason: String) -> Fault {
        Fault { offset: self.at, reason }
    }
}
