require "cgi"
require "fileutils"

# Writes reports that GitLab reads.
module Reports
  module_function

  def write_junit(folder, results)
    FileUtils.mkdir_p(folder)
    cases = results.map do |result|
      head = format('<testcase classname="%s" name="%s" time="%.3f"', result.klass, result.name, result.time)
      result.passed? ? "#{head}/>" : "#{head}>#{problem(result)}</testcase>"
    end
    failures = results.count { |result| !result.passed? && !result.skipped? }
    name = File.basename(folder)
    head = format('<testsuite name="%s" tests="%d" failures="%d" time="%.3f">', name, results.length, failures,
                  results.sum(&:time))
    File.write(File.join(folder, "junit.xml"), "<testsuites>\n#{head}\n#{cases.join("\n")}\n</testsuite>\n</testsuites>\n")
  end

  def problem(result)
    return "<skipped/>" if result.skipped?

    "<failure>#{CGI.escapeHTML(result.failure.message)}</failure>"
  end

  # Writes Cobertura's format, and returns the percentage of lines of lib/ that have run.
  def write_coverage(folder, coverage)
    files = coverage.select { |file, _| file.include?("/lib/shop/") }
    classes = files.map { |file, counts| class_element(file[%r{lib/shop/.*}], counts) }
    counts = files.values.flatten.compact
    covered = counts.count(&:positive?)
    head = format('<coverage line-rate="%.3f" lines-covered="%d" lines-valid="%d">', covered.fdiv(counts.length),
                  covered, counts.length)
    xml = "#{head}<packages><package name=\"shop\"><classes>\n#{classes.join("\n")}\n" \
          "</classes></package></packages></coverage>\n"
    File.write(File.join(folder, "coverage.xml"), xml)
    covered * 100.0 / counts.length
  end

  def class_element(file, counts)
    lines = counts.each_with_index.reject { |hits, _| hits.nil? }
    lines = lines.map { |hits, index| "<line number=\"#{index + 1}\" hits=\"#{hits}\"/>" }
    "<class name=\"#{File.basename(file, '.rb')}\" filename=\"#{file}\"><lines>#{lines.join}</lines></class>"
  end
end
