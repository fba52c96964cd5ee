//! A public series that nobody here made: <https://github.com/numenta/NAB>.

use std::path::Path;
use std::{env, fs};

use expect_test::expect;

use crate::scratch::Scratch;

const BOOK: &str = "
[context]
temperature = { type = \"float\", stale = \"1h\" }

[[rule]]
id = \"too-cold\"
pattern = \"performance\"
priority = \"high\"
when = 'ctx.temperature < 30.0'
for = \"30m\"
resolve_when = 'ctx.temperature > 60.0'
cooldown = \"1d\"
systems = [\"COOLING\"]

[system.SHAFT]
estimate = \"1m\"
undo = \"start\"

[system.COOLING]
needs = [\"SHAFT\"]
estimate = \"5m\"
undo = \"reset\"
";

/// The two breakdowns of the series are found. Eleven of its lines go back in time: the clocks of the
/// recorder did.
#[test]
fn a_series_of_machine_temperatures() {
    let Some(folder) = env::var_os("PTMS_DATA") else {
        eprintln!("SKIPPED: set PTMS_DATA to the folder of public data to run this test");
        return;
    };
    let file = Path::new(&folder).join("nab/machine_temperature_system_failure.csv");
    let scratch = Scratch::new("nab")
        .file("book/rules.toml", BOOK)
        .file("series.csv", fs::read(file).unwrap());
    let args = "run book --csv series.csv --at timestamp --set value=temperature";
    scratch.check(args, &expect![[r#"
        exit 1
        --- stdout
        book    book: 1 rule, 2 systems, 0 workflows
        stream  series.csv

        2013-12-16 UTC
        16:40:00      high      too-cold
        16:40:00      run 1     COOLING, 2 steps
        16:41:00      run 1       ✓ SHAFT activated
        16:46:00      run 1       ✓ COOLING activated
        16:46:00      run 1     completed, after 6m

        2014-02-08 UTC
        13:00:00      high      too-cold
        13:00:00      run 2     COOLING, 2 steps
        13:01:00      run 2       ✓ SHAFT activated
        13:06:00      run 2       ✓ COOLING activated
        13:06:00      run 2     completed, after 6m

        22,684 inputs from 2013-12-02 21:15:00 to 2014-02-19 15:25:00 UTC
        11 lines refused

        rule       fired  completed
        too-cold       2          2

        2 runs, all completed
        --- stderr
        series.csv:10151: time runs backwards: 2014-01-07T02:00:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10152: time runs backwards: 2014-01-07T02:05:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10153: time runs backwards: 2014-01-07T02:10:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10154: time runs backwards: 2014-01-07T02:15:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10155: time runs backwards: 2014-01-07T02:20:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10156: time runs backwards: 2014-01-07T02:25:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10157: time runs backwards: 2014-01-07T02:30:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10158: time runs backwards: 2014-01-07T02:35:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10159: time runs backwards: 2014-01-07T02:40:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10160: time runs backwards: 2014-01-07T02:45:00Z is before 2014-01-07T02:55:00Z; the line is skipped
        series.csv:10161: time runs backwards: 2014-01-07T02:50:00Z is before 2014-01-07T02:55:00Z; the line is skipped
    "#]]);
}
