//! The answer of `pipeline --graph`: which jobs wait for which, as text or as a flowchart for Mermaid.

use super::printable::printable_line;
use super::terminal_text::TerminalText;

/// A stage of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphedStage {
    pub name: String,
    pub jobs: Vec<GraphedJob>,
}

/// A job of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphedJob {
    /// Its place in the pipeline.
    pub place: usize,
    pub name: String,
    /// What is to be known about its start: `manual`, `always`, …; empty for a usual job.
    pub remark: String,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// What a job waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsFor {
    /// These jobs, by their places.
    Jobs(Vec<usize>),
    /// All jobs of earlier stages.
    EarlierStages,
}

/// The graph as text: each job below its stage, with what it waits for.
pub fn text(stages: &[GraphedStage]) -> TerminalText {
    let names: Vec<&str> = stages.iter().flat_map(|stage| &stage.jobs).map(|job| &*job.name).collect();
    let mut out = TerminalText::default();
    for (number, stage) in stages.iter().enumerate() {
        let mut line = |text: &str| {
            out.append(&TerminalText::line(text));
            out.push("\n");
        };
        line(&stage.name);
        for job in &stage.jobs {
            let remark = if job.remark.is_empty() { String::new() } else { format!(" ({})", job.remark) };
            let before = match &job.waits_for {
                WaitsFor::EarlierStages if number == 0 => String::new(),
                WaitsFor::EarlierStages => " <- earlier stages".to_owned(),
                WaitsFor::Jobs(needs) if needs.is_empty() => " <- (none)".to_owned(),
                WaitsFor::Jobs(needs) => {
                    let needed: Vec<&str> =
                        needs.iter().filter_map(|need| names.get(*need).copied()).collect();
                    format!(" <- {}", needed.join(", "))
                }
            };
            line(&format!("  {}{remark}{before}", job.name));
        }
    }
    out
}

/// The graph as a flowchart. An arrow from a stage means that the job waits for all jobs of the stage.
pub fn mermaid(stages: &[GraphedStage]) -> TerminalText {
    let mut lines = vec!["flowchart LR".to_owned()];
    for (number, stage) in stages.iter().enumerate() {
        lines.push(format!("  subgraph s{number}[\"{}\"]", label(&stage.name)));
        for job in &stage.jobs {
            let remark =
                if job.remark.is_empty() { String::new() } else { format!("<br/>{}", label(&job.remark)) };
            lines.push(format!("    j{}[\"{}{remark}\"]", job.place, label(&job.name)));
        }
        lines.push("  end".to_owned());
    }
    for (number, stage) in stages.iter().enumerate() {
        for job in &stage.jobs {
            match &job.waits_for {
                WaitsFor::Jobs(needs) => {
                    lines.extend(needs.iter().map(|need| format!("  j{need} --> j{}", job.place)));
                }
                WaitsFor::EarlierStages => {
                    let waited = waited_stages(stages, number);
                    lines.extend(waited.map(|stage| format!("  s{stage} --> j{}", job.place)));
                }
            }
        }
    }
    TerminalText::from(lines.join("\n") + "\n")
}

/// The stages for which a job of this stage waits: the earlier ones, back to one in which a job waits for the rest.
fn waited_stages(stages: &[GraphedStage], number: usize) -> impl Iterator<Item = usize> {
    let waits = |stage: &GraphedStage| stage.jobs.iter().any(|job| job.waits_for == WaitsFor::EarlierStages);
    let earlier = stages.get(..number).unwrap_or_default();
    let first = earlier.iter().rposition(waits).unwrap_or_default();
    first..number
}

/// A text between quotes, in which no character has a meaning in Mermaid's language.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in printable_line(text).chars() {
        match character {
            '"' => out.push_str("#quot;"),
            '#' | '<' | '>' | '&' | '`' | '\\' | ';' => {
                out.push_str(&format!("#{};", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(place: usize, name: &str, waits_for: WaitsFor) -> GraphedJob {
        GraphedJob { place, name: name.to_owned(), remark: String::new(), waits_for }
    }

    fn stages() -> Vec<GraphedStage> {
        let stage = |name: &str, jobs| GraphedStage { name: name.to_owned(), jobs };
        vec![
            stage("build", vec![job(0, "compile", WaitsFor::EarlierStages)]),
            stage(
                "test",
                vec![
                    job(1, "unit \"a\" <b>", WaitsFor::Jobs(vec![0])),
                    job(2, "lint", WaitsFor::Jobs(vec![])),
                ],
            ),
            stage(
                "deploy",
                vec![GraphedJob {
                    remark: "manual".to_owned(),
                    ..job(3, "prod\n#1", WaitsFor::EarlierStages)
                }],
            ),
            stage(".post", vec![job(4, "clean", WaitsFor::EarlierStages)]),
        ]
    }

    #[test]
    fn the_text_has_a_line_for_each_job() {
        insta::assert_snapshot!(text(&stages()).as_str(), @r#"
        build
          compile
        test
          unit "a" <b> <- compile
          lint <- (none)
        deploy
          prod\n#1 (manual) <- earlier stages
        .post
          clean <- earlier stages
        "#);
    }

    #[test]
    fn the_flowchart_quotes_names_and_has_no_more_arrows_from_stages_than_needed() {
        insta::assert_snapshot!(mermaid(&stages()).as_str(), @r#"
        flowchart LR
          subgraph s0["build"]
            j0["compile"]
          end
          subgraph s1["test"]
            j1["unit #quot;a#quot; #60;b#62;"]
            j2["lint"]
          end
          subgraph s2["deploy"]
            j3["prod#92;n#35;1<br/>manual"]
          end
          subgraph s3[".post"]
            j4["clean"]
          end
          j0 --> j1
          s0 --> j3
          s1 --> j3
          s2 --> j4
        "#);
    }
}
