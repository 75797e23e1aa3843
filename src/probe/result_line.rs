//! The lines by which a prober in a container reports its result on standard output. Pure.

use std::time::Duration;

use super::{DialledPort, ProbeResult};

/// The first word of a line about a port.
const PORT: &str = "port";

/// The first line: `open 5432`, `closed 1998` (dials) or `unreachable 3000` (milliseconds). A line for each port follows:
/// `port 172.17.0.2:5432 17 0 312`, with the dials that were refused, those without an answer, and when it opened, in
/// milliseconds from the first dial on, or `-`.
pub fn format_result(result: &ProbeResult, ports: &[DialledPort]) -> String {
    let mut text = match result {
        ProbeResult::Open { port } => format!("open {port}"),
        ProbeResult::Closed { dials } => format!("closed {dials}"),
        ProbeResult::Unreachable { after } => format!("unreachable {}", after.as_millis()),
    };
    for DialledPort { address, refused, unanswered, opened } in ports {
        let opened = opened.map_or("-".to_owned(), |opened| opened.as_millis().to_string());
        text.push_str(&format!("\n{PORT} {address} {refused} {unanswered} {opened}"));
    }
    text
}

/// Parses the first line, and the lines about ports that are complete; `None` if the first line is another text.
pub fn parse_result(text: &str) -> Option<(ProbeResult, Vec<DialledPort>)> {
    let mut lines = text.trim().lines();
    let (word, number) = lines.next()?.trim().split_once(' ')?;
    let result = match word {
        "open" => ProbeResult::Open { port: number.parse().ok()? },
        "closed" => ProbeResult::Closed { dials: number.parse().ok()? },
        "unreachable" => ProbeResult::Unreachable { after: Duration::from_millis(number.parse().ok()?) },
        _ => return None,
    };
    Some((result, lines.filter_map(parse_port).collect()))
}

fn parse_port(line: &str) -> Option<DialledPort> {
    let mut words = line.split_whitespace();
    if words.next()? != PORT {
        return None;
    }
    let (address, refused, unanswered) =
        (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let opened = match words.next()? {
        "-" => None,
        milliseconds => Some(Duration::from_millis(milliseconds.parse().ok()?)),
    };
    Some(DialledPort { address, refused, unanswered, opened })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_result_is_parsed_to_the_same_result() {
        let opened = Some(Duration::from_millis(312));
        let (first, second) = ("172.17.0.2:5432".parse().unwrap(), "[fd00::2]:80".parse().unwrap());
        let ports = vec![
            DialledPort { address: first, refused: 17, unanswered: 0, opened },
            DialledPort { address: second, refused: 0, unanswered: 3, opened: None },
        ];
        for result in [
            ProbeResult::Open { port: 5432 },
            ProbeResult::Closed { dials: u64::MAX },
            ProbeResult::Unreachable { after: Duration::from_secs(3) },
        ] {
            let text = format_result(&result, &ports);
            assert_eq!(parse_result(&text), Some((result.clone(), ports.clone())), "{text}");
            assert_eq!(parse_result(&format_result(&result, &[])), Some((result, Vec::new())));
        }
    }

    #[test]
    fn another_text_is_not_a_result() {
        for text in ["", "open", "open x", "open 70000", "shut 1", "open 1 2", "exec format error"] {
            assert_eq!(parse_result(text), None, "{text}");
        }
    }

    #[test]
    fn incomplete_lines_about_ports_are_left_out() {
        let lines = [
            "port",
            "port x 1 1 -",
            "port 1.2.3.4:5 1",
            "port 1.2.3.4:5 1 1 x",
            "pfort 1.2.3.4:5 1 1 -",
            "",
            "x",
        ];
        let text = format!("open 80\n{}", lines.join("\n"));
        assert_eq!(parse_result(&text), Some((ProbeResult::Open { port: 80 }, Vec::new())));
    }
}
