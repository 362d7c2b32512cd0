//! Fields of an object, with their types.

use super::tree::{Fault, Member, Node, Value};
use crate::set::error::shown;

/// The members of an object, each name known and there once.
pub(super) struct Fields<'n, 'a> {
    object: &'n Node<'a>,
    members: &'n [Member<'a>],
}

impl<'n, 'a> Fields<'n, 'a> {
    /// The fields of an object that may have these and no others.
    pub(super) fn of(node: &'n Node<'a>, known: &[&str]) -> Result<Self, Fault> {
        let Value::Object(members) = &node.value else { return Err(node.unexpected("an object")) };
        for (index, member) in members.iter().enumerate() {
            if !known.contains(&member.name.as_ref()) {
                let reason = format!("there is no such field here, but {}", known.join(", "));
                return Err(Fault { offset: member.offset, reason });
            }
            if members.iter().take(index).any(|earlier| earlier.name == member.name) {
                let reason = "the field is there twice".to_owned();
                return Err(Fault { offset: member.offset, reason });
            }
        }
        Ok(Self { object: node, members })
    }

    pub(super) fn optional(&self, name: &str) -> Option<&'n Node<'a>> {
        self.members.iter().find(|member| member.name == name).map(|member| &member.node)
    }

    pub(super) fn required(&self, name: &str) -> Result<&'n Node<'a>, Fault> {
        self.optional(name).ok_or_else(|| self.object.fault(format!("\"{name}\" is missing")))
    }

    /// What stands in a field, if it is there.
    pub(super) fn map<T>(
        &self,
        name: &str,
        read: impl FnOnce(&'n Node<'a>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.optional(name).map(read).transpose()
    }
}

impl<'a> Node<'a> {
    pub(super) fn fault(&self, reason: String) -> Fault {
        Fault { offset: self.offset, reason }
    }

    pub(super) fn text(&self) -> Result<&str, Fault> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.unexpected("a string")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        match self.value {
            Value::Boolean(boolean) => Ok(boolean),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// A number as it is written.
    pub(super) fn number(&self) -> Result<&'a str, Fault> {
        match self.value {
            Value::Number(number) => Ok(number),
            _ => Err(self.unexpected("a number")),
        }
    }

    /// A list of so many values at most.
    pub(super) fn list(&self, max: usize) -> Result<&[Self], Fault> {
        match &self.value {
            Value::List(nodes) if nodes.len() <= max => Ok(nodes),
            Value::List(nodes) => {
                Err(self.fault(format!("there are {} elements; up to {max} are taken", nodes.len())))
            }
            _ => Err(self.unexpected("a list")),
        }
    }

    /// What is said of a value that is something else.
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let found = match &self.value {
            Value::Null => "null".to_owned(),
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Number(number) => number.chars().take(40).collect(),
            Value::Text(text) => shown(text),
            Value::List(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        self.fault(format!("{found} is found where {expected} belongs"))
    }
}
