//! Rows of a CSV file: one column holds the time, some hold facts. A row is one line: line breaks
//! inside quotes are not read.

use std::io;

use csv_core::ReadRecordResult;
use ptms::{Duration, Name, Schema, Timestamp, Type, Value};

use crate::args::ColumnFact;
use crate::instant::parse_lenient;
use crate::stream::Feed;
use crate::stream::lines::Lines;
use crate::words::{counted, did_you_mean};

/// Which cells of a row to read.
#[derive(Debug)]
pub(crate) struct Table {
    row: Row,
    columns: usize,
    at: Column,
    set: Vec<(Column, Name)>,
}

#[derive(Debug)]
struct Column {
    index: usize,
    name: String,
}

impl Table {
    /// Reads the header. The inner error is that of a header without these columns.
    pub(crate) fn new(
        lines: &mut Lines,
        at: &str,
        set: &[ColumnFact],
    ) -> io::Result<Result<Self, String>> {
        let Some((number, text)) = lines.next()? else {
            return Ok(
                Err("1: the file is empty: its first line must name the columns".to_owned()),
            );
        };
        let table = text.map_err(|fault| fault.to_string()).and_then(|text| {
            let mut row = Row::new();
            row.read(text);
            let column = |name: &str| {
                let index = row.cells().position(|column| column == name);
                let column = index.map(|index| Column { index, name: name.to_owned() });
                let near = || did_you_mean(name, row.cells());
                column.ok_or_else(|| format!("there is no column {name:?}{}", near()))
            };
            let fact =
                |pair: &ColumnFact| Ok((column(&pair.column)?, Name::from(pair.fact.as_str())));
            let set = set.iter().map(fact).collect::<Result<_, String>>()?;
            let at = column(at)?;
            Ok(Self { columns: row.cells().count(), row, at, set })
        });
        Ok(table.map_err(|fault| format!("{number}: {fault}")))
    }

    /// What the row says. An empty cell sets nothing.
    pub(crate) fn parse(
        &mut self,
        line: &str,
        schema: &Schema,
    ) -> Result<(Timestamp, Feed), String> {
        self.row.read(line);
        let (cells, columns) = (self.row.cells().count(), self.columns);
        if cells != columns {
            let (cells, columns) = (counted(cells, "cell"), counted(columns, "column"));
            return Err(format!("the row has {cells}, the header {columns}"));
        }
        let cell = |column: &Column| self.row.cells().nth(column.index).unwrap_or_default();
        let Column { name, .. } = &self.at;
        let at = parse_lenient(cell(&self.at))
            .map_err(|fault| format!("column {name:?}: {:?} {fault}", cell(&self.at)))?;
        let mut facts = Vec::with_capacity(self.set.len());
        for (column, fact) in &self.set {
            let text = cell(column);
            if text.is_empty() {
                continue;
            }
            let spec = schema.fact(fact).and_then(|id| schema.facts().get(id.index()));
            let value = spec.and_then(|spec| value_of_text(&spec.ty, text)).ok_or_else(|| {
                let ty = spec.map(|spec| spec.ty.to_string()).unwrap_or_default();
                format!("column {:?}: {text:?} is no {ty}", column.name)
            })?;
            facts.push((fact.clone(), value));
        }
        if facts.is_empty() {
            return Err("the row sets nothing: its cells are empty".to_owned());
        }
        Ok((at, Feed::Set(facts)))
    }
}

/// The cells of one line, kept apart in buffers that the next line uses again.
#[derive(Debug)]
struct Row {
    reader: csv_core::Reader,
    /// The cells, one after the other, without quotes.
    text: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Row {
    fn new() -> Self {
        // Its table of transitions takes longer to build than a line to read, so there is one for all.
        Self { reader: csv_core::Reader::new(), text: Vec::new(), ends: Vec::new() }
    }

    fn read(&mut self, line: &str) {
        self.reader.reset();
        // Taking quotes off never makes a text longer, and every cell but the last has a comma.
        self.text.resize(line.len(), 0);
        self.ends.resize(line.len() + 1, 0);
        let mut input = line.as_bytes();
        let (mut text, mut ends) = (0, 0);
        loop {
            let text_left = self.text.get_mut(text..).unwrap_or_default();
            let ends_left = self.ends.get_mut(ends..).unwrap_or_default();
            let (result, _, more_text, more_ends) =
                self.reader.read_record(input, text_left, ends_left);
            (text, ends) = (text + more_text, ends + more_ends);
            match result {
                // No more input is the reader's end of the file.
                ReadRecordResult::InputEmpty if !input.is_empty() => input = &[],
                _ => break,
            }
        }
        self.ends.truncate(ends);
    }

    /// The cells, without the blanks around them.
    fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| {
            let cell = self.text.get(start..*end).unwrap_or_default();
            // The line is UTF-8, and commas and quotes do not cut characters apart.
            str::from_utf8(cell).unwrap_or_default().trim()
        })
    }
}

/// The text as a value of the type; bounds are checked where a fact is set.
pub(crate) fn value_of_text(ty: &Type, text: &str) -> Option<Value> {
    match ty {
        Type::Bool => text.parse().ok().map(Value::Bool),
        Type::Int => text.parse().ok().map(Value::Int),
        Type::Float => text.parse().ok().map(Value::Float),
        Type::String | Type::Enum(_) => Some(Value::from(text)),
        Type::Duration => {
            let written = text.parse::<Duration>().ok().map(Duration::as_nanos);
            written.or_else(|| text.parse().ok()).map(Value::Int)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use expect_test::{Expect, expect};
    use ptms::FactSpec;

    use super::*;

    fn check(text: &'static str, expected: &Expect) {
        let facts = [
            FactSpec::new("cpu", Type::Float),
            FactSpec::new("jobs", Type::Int),
            FactSpec::new("phase", Type::String),
            FactSpec::new("took", Type::Duration),
            FactSpec::new("up", Type::Bool),
        ];
        let set = facts.each_ref().map(|fact| fact.name.to_string());
        let set = set.map(|fact| ColumnFact { column: fact.clone(), fact });
        let schema = Schema::new(facts, []);
        let mut lines = Lines::new(BufReader::new(Box::new(Cursor::new(text))));
        let table = Table::new(&mut lines, "at", &set).unwrap();
        let mut shown = String::new();
        match table {
            Err(fault) => shown.push_str(&fault),
            Ok(mut table) => {
                while let Some((_, line)) = lines.next().unwrap() {
                    let row = table.parse(line.unwrap(), &schema);
                    shown.push_str(&format!("{row:?}\n"));
                }
            }
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn rows_set_facts_by_their_types() {
        check(
            "at,cpu,jobs,phase,took,up,other
2014-04-01 00:00:00, 0.5 ,3,\"a,b\",1m30s,true,x
0,1,,,250,,
",
            &expect![[r#"
                Ok((Timestamp(1396310400000000000), Set([("cpu", Float(0.5)), ("jobs", Int(3)), ("phase", Text("a,b")), ("took", Int(90000000000)), ("up", Bool(true))])))
                Ok((Timestamp(0), Set([("cpu", Float(1.0)), ("took", Int(250))])))
            "#]],
        );
    }

    #[test]
    fn bad_rows_say_what_is_wrong() {
        check(
            "at,cpu,jobs,phase,took,up
never,1,,,,
1,fast,,,,
1,,1.5,,,
1,,,,soon,
1,,,,,yes
1,,,,,
1,2
\"1,2,3,4,5,6
",
            &expect![[r#"
                Err("column \"at\": \"never\" is no time: write 2026-11-20T10:00:00.250Z or whole nanoseconds")
                Err("column \"cpu\": \"fast\" is no float")
                Err("column \"jobs\": \"1.5\" is no int")
                Err("column \"took\": \"soon\" is no duration")
                Err("column \"up\": \"yes\" is no bool")
                Err("the row sets nothing: its cells are empty")
                Err("the row has 2 cells, the header 6 columns")
                Err("the row has 1 cell, the header 6 columns")
            "#]],
        );
    }

    #[test]
    fn headers_must_name_the_columns() {
        check("", &expect!["1: the file is empty: its first line must name the columns"]);
        check(
            "at,cpu,job,phase,took,up\n",
            &expect![[r#"1: there is no column "jobs" (did you mean "job"?)"#]],
        );
        check("time,cpu,jobs,phase,took,up\n", &expect![[r#"1: there is no column "at""#]]);
    }
}
