//! The types of reports that GitLab knows, from its `Enums::Ci::JobArtifact`.

/// The type of the reports that give variables to later jobs.
pub const DOTENV: &str = "dotenv";

/// The keyword whose `coverage_format` names the type.
pub(super) const COVERAGE: &str = "coverage_report";

/// A type of reports.
#[derive(Debug, PartialEq, Eq)]
pub struct ReportType {
    /// The name of the type.
    pub name: &'static str,
    pub format: ReportFormat,
    /// The name of the file that GitLab stores, without the suffix of the format.
    pub file_name: &'static str,
}

/// The forms in which GitLab Runner uploads reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// All matching files, each as a gzip member.
    Gzip,
    /// One file as it is; a second one is an error.
    Raw,
    /// All matching files in a zip archive.
    Zip,
}

impl ReportType {
    /// The name of the file that GitLab stores, such as `junit.xml.gz`.
    pub fn stored_as(&self) -> String {
        let suffix = match self.format {
            ReportFormat::Gzip => ".gz",
            ReportFormat::Raw => "",
            ReportFormat::Zip => ".zip",
        };
        format!("{}{suffix}", self.file_name)
    }
}

/// Finds a type by its name.
pub(super) fn find(name: &str) -> Option<&'static ReportType> {
    TYPES.iter().find(|known| known.name == name)
}

const fn gzip(name: &'static str, file_name: &'static str) -> ReportType {
    ReportType { name, format: ReportFormat::Gzip, file_name }
}

const fn raw(name: &'static str, file_name: &'static str) -> ReportType {
    ReportType { name, format: ReportFormat::Raw, file_name }
}

const fn zip(name: &'static str, file_name: &'static str) -> ReportType {
    ReportType { name, format: ReportFormat::Zip, file_name }
}

const TYPES: &[ReportType] = &[
    raw("accessibility", "gl-accessibility.json"),
    gzip("annotations", "gl-annotations.json"),
    raw("api_fuzzing", "gl-api-fuzzing-report.json"),
    raw("browser_performance", "browser-performance.json"),
    raw("cluster_image_scanning", "gl-cluster-image-scanning-report.json"),
    gzip("cobertura", "cobertura-coverage.xml"),
    raw("codequality", "gl-code-quality-report.json"),
    raw("container_scanning", "gl-container-scanning-report.json"),
    raw("coverage_fuzzing", "gl-coverage-fuzzing.json"),
    gzip("cyclonedx", "gl-sbom.cdx.json"),
    raw("dast", "gl-dast-report.json"),
    raw("dependency_scanning", "gl-dependency-scanning-report.json"),
    gzip(DOTENV, ".env"),
    gzip("jacoco", "jacoco-coverage.xml"),
    gzip("junit", "junit.xml"),
    raw("license_scanning", "gl-license-scanning-report.json"),
    raw("load_performance", "load-performance.json"),
    zip("lsif", "lsif.json"),
    gzip("metrics", "metrics.txt"),
    raw("performance", "performance.json"),
    gzip("repository_xray", "gl-repository-xray.json"),
    raw("requirements", "requirements.json"),
    raw("requirements_v2", "requirements_v2.json"),
    raw("sarif", "gl-sarif-report.sarif"),
    raw("sast", "gl-sast-report.json"),
    zip("scip", "index.scip"),
    raw("secret_detection", "gl-secret-detection-report.json"),
    raw("terraform", "tfplan.json"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_format_and_the_stored_name_of_gitlab() {
        let stored = |name: &str| find(name).map(ReportType::stored_as).unwrap_or_default();
        assert_eq!(stored("junit"), "junit.xml.gz");
        assert_eq!(stored("dotenv"), ".env.gz");
        assert_eq!(stored("sast"), "gl-sast-report.json");
        assert_eq!(stored("lsif"), "lsif.json.zip");
        assert_eq!(find("coverage_report"), None, "its format is the type");
    }
}
