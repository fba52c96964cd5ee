//! A serializer that reads a value into a tree of values and fields. Knows no facts.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};

use super::FactsError;
use crate::value::Value;

/// How deep structs may lie in each other: more than anyone declares.
pub(super) const MAX_DEPTH: usize = 16;

impl ser::Error for FactsError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(&message.to_string())
    }
}

/// What a value looks like.
pub(super) enum Tree {
    Value(Value),
    None,
    Fields(Vec<(String, Tree)>),
}

/// Turns a value into a [`Tree`]. `depth` is how many structs and lists it lies in.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) depth: usize,
}

/// The items of a list, or the fields of a struct or map, so far.
pub(super) struct Compound<T> {
    inside: Reader,
    parts: Vec<T>,
    key: Option<String>,
}

type Read = Result<Tree, FactsError>;

fn value(value: impl Into<Value>) -> Read {
    Ok(Tree::Value(value.into()))
}

fn whole(number: impl TryInto<i64>) -> Read {
    let number = number
        .try_into()
        .map_err(|_| FactsError::new("the whole number is beyond 64 bits with sign"));
    number.map(|number| Tree::Value(Value::Int(number)))
}

impl Reader {
    fn refuse<T>() -> Result<T, FactsError> {
        Err(FactsError::new(
            "a fact is a bool, a number, a text, a variant without content, or a list of these",
        ))
    }

    fn inside<T>(self) -> Result<Compound<T>, FactsError> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(FactsError::new("structs lie too deep in each other"));
        }
        Ok(Compound { inside: Self { depth }, parts: Vec::new(), key: None })
    }
}

impl Serializer for Reader {
    type Ok = Tree;
    type Error = FactsError;
    type SerializeSeq = Compound<Value>;
    type SerializeTuple = Compound<Value>;
    type SerializeTupleStruct = Compound<Value>;
    type SerializeTupleVariant = Impossible<Tree, FactsError>;
    type SerializeMap = Compound<(String, Tree)>;
    type SerializeStruct = Compound<(String, Tree)>;
    type SerializeStructVariant = Impossible<Tree, FactsError>;

    fn serialize_i8(self, number: i8) -> Read {
        whole(number)
    }

    fn serialize_i16(self, number: i16) -> Read {
        whole(number)
    }

    fn serialize_i32(self, number: i32) -> Read {
        whole(number)
    }

    fn serialize_i64(self, number: i64) -> Read {
        whole(number)
    }

    fn serialize_i128(self, number: i128) -> Read {
        whole(number)
    }

    fn serialize_u8(self, number: u8) -> Read {
        whole(number)
    }

    fn serialize_u16(self, number: u16) -> Read {
        whole(number)
    }

    fn serialize_u32(self, number: u32) -> Read {
        whole(number)
    }

    fn serialize_u64(self, number: u64) -> Read {
        whole(number)
    }

    fn serialize_u128(self, number: u128) -> Read {
        whole(number)
    }

    fn serialize_bool(self, flag: bool) -> Read {
        value(flag)
    }

    fn serialize_f32(self, number: f32) -> Read {
        value(f64::from(number))
    }

    fn serialize_f64(self, number: f64) -> Read {
        value(number)
    }

    fn serialize_char(self, letter: char) -> Read {
        value(letter.to_string())
    }

    fn serialize_str(self, text: &str) -> Read {
        value(text)
    }

    fn serialize_bytes(self, _: &[u8]) -> Read {
        Self::refuse()
    }

    fn serialize_none(self) -> Read {
        Ok(Tree::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Read {
        inner.serialize(self)
    }

    fn serialize_unit(self) -> Read {
        Self::refuse()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Read {
        Self::refuse()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Read {
        value(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, inner: &T) -> Read {
        inner.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Read {
        Self::refuse()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, FactsError> {
        self.inside()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, FactsError> {
        self.inside()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, FactsError> {
        self.inside()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, FactsError> {
        Self::refuse()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, FactsError> {
        self.inside()
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, FactsError> {
        self.inside()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, FactsError> {
        Self::refuse()
    }
}

impl Compound<Value> {
    fn item(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), FactsError> {
        match item.serialize(self.inside)? {
            Tree::Value(Value::List(_)) | Tree::None | Tree::Fields(_) => Reader::refuse(),
            Tree::Value(value) => {
                self.parts.push(value);
                Ok(())
            }
        }
    }

    fn list(self) -> Tree {
        Tree::Value(Value::list(self.parts))
    }
}

impl Compound<(String, Tree)> {
    fn field(&mut self, name: String, field: &(impl Serialize + ?Sized)) -> Result<(), FactsError> {
        let tree = field.serialize(self.inside).map_err(|error| error.within(&name))?;
        self.parts.push((name, tree));
        Ok(())
    }
}

impl ser::SerializeSeq for Compound<Value> {
    type Ok = Tree;
    type Error = FactsError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), FactsError> {
        self.item(item)
    }

    fn end(self) -> Read {
        Ok(self.list())
    }
}

impl ser::SerializeTuple for Compound<Value> {
    type Ok = Tree;
    type Error = FactsError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), FactsError> {
        self.item(item)
    }

    fn end(self) -> Read {
        Ok(self.list())
    }
}

impl ser::SerializeTupleStruct for Compound<Value> {
    type Ok = Tree;
    type Error = FactsError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), FactsError> {
        self.item(item)
    }

    fn end(self) -> Read {
        Ok(self.list())
    }
}

impl ser::SerializeMap for Compound<(String, Tree)> {
    type Ok = Tree;
    type Error = FactsError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), FactsError> {
        match key.serialize(self.inside)? {
            Tree::Value(Value::Text(key)) => self.key = Some(key.to_string()),
            _ => return Err(FactsError::new("the keys of a map must be texts")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FactsError> {
        let key = self.key.take().unwrap_or_default();
        self.field(key, value)
    }

    fn end(self) -> Read {
        Ok(Tree::Fields(self.parts))
    }
}

impl ser::SerializeStruct for Compound<(String, Tree)> {
    type Ok = Tree;
    type Error = FactsError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        field: &T,
    ) -> Result<(), FactsError> {
        self.field(name.to_owned(), field)
    }

    fn end(self) -> Read {
        Ok(Tree::Fields(self.parts))
    }
}
