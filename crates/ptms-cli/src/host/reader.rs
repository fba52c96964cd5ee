//! Reads the operator's file of commands, and collects all that is wrong with it. Runs nothing.

use std::collections::BTreeMap;

use ptms::diagnostic::{
    BAD_VALUE, Code, MISSING_KEY, TOML_SYNTAX, UNKNOWN_KEY, UNKNOWN_NAME, WRONG_SHAPE,
};
use ptms::name::nearest;
use ptms::{Book, Diagnostic, Name, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::calls::{ALL, BySystem, Call, Does, Verdict};

/// Reads the file and collects what is wrong with it.
pub(super) struct Reader<'book> {
    file: Name,
    book: &'book Book,
    faults: Vec<Diagnostic>,
}

/// A key with its value.
type Entry<'a> = (&'a str, Span, &'a Spanned<DeValue<'a>>);

impl<'book> Reader<'book> {
    /// The calls by system and action, and the faults of the text.
    pub(super) fn read(file: Name, book: &'book Book, text: &str) -> (BySystem, Vec<Diagnostic>) {
        let mut reader = Self { file, book, faults: Vec::new() };
        let calls = reader.calls(text);
        (calls, reader.faults)
    }

    fn calls(&mut self, text: &str) -> BySystem {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = self.span(error.span().unwrap_or(0..0));
            let message = error.message().trim_end().replace('\n', "; ");
            self.fault(TOML_SYNTAX, span, message, "");
        }
        let mut calls = BySystem::new();
        if !errors.is_empty() {
            return calls;
        }
        for (key, span, value) in self.entries(table.get_ref()) {
            match key {
                "default" => self.actions(key, None, value, &mut calls),
                "system" => self.systems(value, &mut calls),
                _ => self.unknown_key(key, span, &["default", "system"]),
            }
        }
        calls
    }

    fn systems(&mut self, value: &Spanned<DeValue<'_>>, calls: &mut BySystem) {
        let Some(table) = self.table("system", value) else { return };
        for (name, span, value) in self.entries(table) {
            let system = self.book.catalog().system(name).map(|system| system.name.clone());
            if system.is_none() {
                let names = self.book.catalog().systems().iter().map(|system| &*system.name);
                let near = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
                let message = format!("the book declares no system `{name}`");
                self.fault(UNKNOWN_NAME, span, message, &near.unwrap_or_default());
            }
            let title = format!("system.{name}");
            self.actions(&title, Some(&system.unwrap_or_else(|| name.into())), value, calls);
        }
    }

    fn actions(
        &mut self,
        title: &str,
        system: Option<&Name>,
        value: &Spanned<DeValue<'_>>,
        calls: &mut BySystem,
    ) {
        let Some(table) = self.table(title, value) else { return };
        for (key, span, value) in self.entries(table) {
            match ALL.into_iter().find(|does| does.name() == key) {
                Some(does) => {
                    let call = self.call(&format!("{title}.{key}"), does, span, value);
                    calls.extend(call.map(|call| ((system.cloned(), does), call)));
                }
                None => self.unknown_key(key, span, &ALL.map(Does::name)),
            }
        }
    }

    fn call(
        &mut self,
        title: &str,
        does: Does,
        span: Span,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Call> {
        let table = self.table(title, value)?;
        let mut command = None;
        let mut exits = BTreeMap::new();
        for (key, span, value) in self.entries(table) {
            match key {
                "command" => command = Some(self.command(value)),
                "exit" => exits = self.exits(does, value),
                _ => self.unknown_key(key, span, &["command", "exit"]),
            }
        }
        let Some(command) = command else {
            let message = format!("[{title}] has no `command`");
            self.fault(MISSING_KEY, span, message, "such as command = [\"./bin/tool\", \"start\"]");
            return None;
        };
        let (program, arguments) = command?;
        Some(Call { does, program, arguments, exits })
    }

    fn command(&mut self, value: &Spanned<DeValue<'_>>) -> Option<(String, Vec<String>)> {
        let items = value.get_ref().as_array();
        let texts = items.and_then(|items| {
            items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
        });
        let texts: Option<Vec<String>> = texts;
        let span = self.span(value.span());
        let Some(mut texts) = texts else {
            let help = "such as [\"./bin/tool\", \"start\"]: the program, then each argument";
            self.fault(WRONG_SHAPE, span, "`command` takes a list of strings".to_owned(), help);
            return None;
        };
        if texts.first().is_none_or(String::is_empty) {
            self.fault(BAD_VALUE, span, "`command` names no program".to_owned(), "");
            return None;
        }
        if texts.iter().any(|text| text.contains('\0')) {
            self.fault(BAD_VALUE, span, "`command` holds a zero byte".to_owned(), "");
            return None;
        }
        let program = texts.remove(0);
        Some((program, texts))
    }

    fn exits(&mut self, does: Does, value: &Spanned<DeValue<'_>>) -> BTreeMap<u8, Verdict> {
        let mut exits = BTreeMap::new();
        let Some(table) = self.table("exit", value) else { return exits };
        for (key, span, value) in self.entries(table) {
            let code = key.parse::<u8>();
            if code.is_err() {
                let message = format!("`{key}` is no exit code");
                self.fault(BAD_VALUE, span, message, "exit codes are 0 to 255");
            }
            let verdict = self.verdict(does, value);
            exits.extend(code.ok().zip(verdict));
        }
        exits
    }

    fn verdict(&mut self, does: Does, value: &Spanned<DeValue<'_>>) -> Option<Verdict> {
        let span = self.span(value.span());
        if value.get_ref().as_table().is_some() {
            return self.failure(value);
        }
        match (value.get_ref().as_str(), does) {
            (Some("unknown"), _) => return Some(Verdict::Unknown),
            (Some("up"), Does::Verify) => return Some(Verdict::Up),
            (Some("down"), Does::Verify) => return Some(Verdict::Down),
            (Some("succeeded"), Does::Activate | Does::Undo) => return Some(Verdict::Succeeded),
            _ => {}
        }
        let takes = match does {
            Does::Verify => "\"up\", \"down\"",
            Does::Activate | Does::Undo => "\"succeeded\"",
        };
        let message = format!("an exit code of `{}` cannot mean this", does.name());
        let help =
            format!("it means {takes}, \"unknown\", or {{ failed = \"class\", clean = true }}");
        self.fault(BAD_VALUE, span, message, &help);
        None
    }

    fn failure(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Verdict> {
        let table = self.table("exit", value)?;
        let (mut class, mut clean) = (None, Some(false));
        for (key, key_span, value) in self.entries(table) {
            let span = self.span(value.span());
            match key {
                "failed" => {
                    let name = value.get_ref().as_str().filter(|name| Name::is_valid(name));
                    class = Some(name.map(Name::from));
                    if name.is_none() {
                        let help = "such as \"no-capacity\"";
                        self.fault(BAD_VALUE, span, "`failed` takes a name".to_owned(), help);
                    }
                }
                "clean" => {
                    clean = value.get_ref().as_bool();
                    if clean.is_none() {
                        let message = "`clean` takes true or false".to_owned();
                        self.fault(WRONG_SHAPE, span, message, "");
                    }
                }
                _ => self.unknown_key(key, key_span, &["failed", "clean"]),
            }
        }
        if class.is_none() {
            let span = self.span(value.span());
            let message = "this exit code has no `failed`".to_owned();
            self.fault(MISSING_KEY, span, message, "such as { failed = \"no-capacity\" }");
        }
        Some(Verdict::Failed { class: class??, clean: clean? })
    }

    fn table<'a>(
        &mut self,
        title: &str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Option<&'a DeTable<'a>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let span = self.span(value.span());
            self.fault(WRONG_SHAPE, span, format!("`{title}` takes a table"), "");
        }
        table
    }

    /// The entries of a table in the order in which they are written.
    fn entries<'a>(&self, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
        let entry = |(key, value): (&'a Spanned<_>, _)| {
            let name: &'a std::borrow::Cow<'a, str> = key.get_ref();
            (&**name, self.span(key.span()), value)
        };
        let mut entries: Vec<Entry<'a>> = table.iter().map(entry).collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    fn unknown_key(&mut self, key: &str, span: Span, known: &[&str]) {
        let help = match nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", known.join(", ")),
        };
        self.fault(UNKNOWN_KEY, span, format!("`{key}` means nothing here"), &help);
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file.clone(), range)
    }

    fn fault(&mut self, code: Code, span: Span, message: String, help: &str) {
        let fault = Diagnostic::error(code, message).label(span, "");
        self.faults.push(if help.is_empty() { fault } else { fault.help(help) });
    }
}
