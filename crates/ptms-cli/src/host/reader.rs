//! Reads the operator's file of commands, and collects all that is wrong with it. Runs nothing.

use std::collections::BTreeMap;

use ptms::diagnostic::{BAD_VALUE, MISSING_KEY, UNKNOWN_NAME, WRONG_SHAPE};
use ptms::name::nearest;
use ptms::{Book, Diagnostic, Name, Span};

use super::calls::{ALL, BySystem, Call, Does, Verdict};
use crate::toml_file::{Given, TomlFile};

/// Reads the file and collects what is wrong with it.
pub(super) struct Reader<'book> {
    file: TomlFile,
    book: &'book Book,
}

impl<'book> Reader<'book> {
    /// The calls by system and action, and the faults of the text.
    pub(super) fn read(file: Name, book: &'book Book, text: &str) -> (BySystem, Vec<Diagnostic>) {
        let mut reader = Self { file: TomlFile::new(file), book };
        let calls = reader.calls(text);
        (calls, reader.file.into_faults())
    }

    fn calls(&mut self, text: &str) -> BySystem {
        let mut calls = BySystem::new();
        let Some(table) = self.file.parse(text) else { return calls };
        for (key, span, value) in self.file.entries(&table) {
            match key {
                "default" => self.actions(key, None, value, &mut calls),
                "system" => self.systems(value, &mut calls),
                _ => self.file.unknown_key(key, span, &["default", "system"]),
            }
        }
        calls
    }

    fn systems(&mut self, value: &Given<'_>, calls: &mut BySystem) {
        let Some(table) = self.file.table("system", value) else { return };
        for (name, span, value) in self.file.entries(table) {
            let system = self.book.catalog().system(name).map(|system| system.name.clone());
            if system.is_none() {
                let names = self.book.catalog().systems().iter().map(|system| &*system.name);
                let near = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
                let message = format!("the book declares no system `{name}`");
                self.file.fault(UNKNOWN_NAME, span, message, &near.unwrap_or_default());
            }
            let title = format!("system.{name}");
            self.actions(&title, Some(&system.unwrap_or_else(|| name.into())), value, calls);
        }
    }

    fn actions(
        &mut self,
        title: &str,
        system: Option<&Name>,
        value: &Given<'_>,
        calls: &mut BySystem,
    ) {
        let Some(table) = self.file.table(title, value) else { return };
        for (key, span, value) in self.file.entries(table) {
            match ALL.into_iter().find(|does| does.name() == key) {
                Some(does) => {
                    let call = self.call(&format!("{title}.{key}"), does, span, value);
                    calls.extend(call.map(|call| ((system.cloned(), does), call)));
                }
                None => self.file.unknown_key(key, span, &ALL.map(Does::name)),
            }
        }
    }

    fn call(&mut self, title: &str, does: Does, span: Span, value: &Given<'_>) -> Option<Call> {
        let table = self.file.table(title, value)?;
        let mut command = None;
        let mut exits = BTreeMap::new();
        for (key, span, value) in self.file.entries(table) {
            match key {
                "command" => command = Some(self.command(value)),
                "exit" => exits = self.exits(does, value),
                _ => self.file.unknown_key(key, span, &["command", "exit"]),
            }
        }
        let Some(command) = command else {
            let message = format!("[{title}] has no `command`");
            self.file.fault(
                MISSING_KEY,
                span,
                message,
                "such as command = [\"./bin/tool\", \"start\"]",
            );
            return None;
        };
        let (program, arguments) = command?;
        Some(Call { does, program, arguments, exits })
    }

    fn command(&mut self, value: &Given<'_>) -> Option<(String, Vec<String>)> {
        let items = value.get_ref().as_array();
        let texts = items.and_then(|items| {
            items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
        });
        let texts: Option<Vec<String>> = texts;
        let span = self.file.span(value.span());
        let Some(mut texts) = texts else {
            let help = "such as [\"./bin/tool\", \"start\"]: the program, then each argument";
            self.file.fault(
                WRONG_SHAPE,
                span,
                "`command` takes a list of strings".to_owned(),
                help,
            );
            return None;
        };
        if texts.first().is_none_or(String::is_empty) {
            self.file.fault(BAD_VALUE, span, "`command` names no program".to_owned(), "");
            return None;
        }
        if texts.iter().any(|text| text.contains('\0')) {
            self.file.fault(BAD_VALUE, span, "`command` holds a zero byte".to_owned(), "");
            return None;
        }
        let program = texts.remove(0);
        Some((program, texts))
    }

    fn exits(&mut self, does: Does, value: &Given<'_>) -> BTreeMap<u8, Verdict> {
        let mut exits = BTreeMap::new();
        let Some(table) = self.file.table("exit", value) else { return exits };
        for (key, span, value) in self.file.entries(table) {
            let code = key.parse::<u8>();
            if code.is_err() {
                let message = format!("`{key}` is no exit code");
                self.file.fault(BAD_VALUE, span, message, "exit codes are 0 to 255");
            }
            let verdict = self.verdict(does, value);
            exits.extend(code.ok().zip(verdict));
        }
        exits
    }

    fn verdict(&mut self, does: Does, value: &Given<'_>) -> Option<Verdict> {
        let span = self.file.span(value.span());
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
        self.file.fault(BAD_VALUE, span, message, &help);
        None
    }

    fn failure(&mut self, value: &Given<'_>) -> Option<Verdict> {
        let table = self.file.table("exit", value)?;
        let (mut class, mut clean) = (None, Some(false));
        for (key, key_span, value) in self.file.entries(table) {
            let span = self.file.span(value.span());
            match key {
                "failed" => {
                    let name = value.get_ref().as_str().filter(|name| Name::is_valid(name));
                    class = Some(name.map(Name::from));
                    if name.is_none() {
                        let help = "such as \"no-capacity\"";
                        self.file.fault(BAD_VALUE, span, "`failed` takes a name".to_owned(), help);
                    }
                }
                "clean" => {
                    clean = value.get_ref().as_bool();
                    if clean.is_none() {
                        let message = "`clean` takes true or false".to_owned();
                        self.file.fault(WRONG_SHAPE, span, message, "");
                    }
                }
                _ => self.file.unknown_key(key, key_span, &["failed", "clean"]),
            }
        }
        if class.is_none() {
            let span = self.file.span(value.span());
            let message = "this exit code has no `failed`".to_owned();
            self.file.fault(MISSING_KEY, span, message, "such as { failed = \"no-capacity\" }");
        }
        Some(Verdict::Failed { class: class??, clean: clean? })
    }
}
