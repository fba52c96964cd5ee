//! Rows of a CSV file: one column holds the time, some hold facts. A row is one line: line breaks
//! inside quotes are not read.

use std::io;

use csv::{ReaderBuilder, StringRecord};
use ptms::{Duration, Name, Schema, Timestamp, Type, Value};

use crate::args::ColumnFact;
use crate::instant::parse_lenient;
use crate::stream::Feed;
use crate::stream::lines::Lines;
use crate::words::{counted, did_you_mean};

/// Which cells of a row to read.
#[derive(Debug)]
pub(crate) struct Table {
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
        let header = text.map_err(|fault| fault.to_string()).and_then(record);
        let table = header.and_then(|header| {
            let column = |name: &str| {
                let index = header.iter().position(|column| column == name);
                let column = index.map(|index| Column { index, name: name.to_owned() });
                let near = || did_you_mean(name, header.iter());
                column.ok_or_else(|| format!("there is no column {name:?}{}", near()))
            };
            let fact =
                |pair: &ColumnFact| Ok((column(&pair.column)?, Name::from(pair.fact.as_str())));
            let set = set.iter().map(fact).collect::<Result<_, String>>()?;
            Ok(Self { columns: header.len(), at: column(at)?, set })
        });
        Ok(table.map_err(|fault| format!("{number}: {fault}")))
    }

    /// What the row says. An empty cell sets nothing.
    pub(crate) fn parse(&self, line: &str, schema: &Schema) -> Result<(Timestamp, Feed), String> {
        let row = record(line)?;
        if row.len() != self.columns {
            let (cells, columns) = (counted(row.len(), "cell"), counted(self.columns, "column"));
            return Err(format!("the row has {cells}, the header {columns}"));
        }
        let cell = |column: &Column| row.get(column.index).unwrap_or_default();
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
            let value = spec.and_then(|spec| value(&spec.ty, text)).ok_or_else(|| {
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

/// The cells of one line, without the blanks around them.
fn record(line: &str) -> Result<StringRecord, String> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .buffer_capacity(line.len().clamp(64, 8192))
        .from_reader(line.as_bytes());
    let mut record = StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(_) => Ok(record),
        Err(fault) => Err(format!("not CSV: {fault}")),
    }
}

/// The cell as a value of the fact's type; its bounds are checked where the fact is set.
fn value(ty: &Type, text: &str) -> Option<Value> {
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
        match &table {
            Err(fault) => shown.push_str(fault),
            Ok(table) => {
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
