# Runs all tests, and writes their reports to the folder that the first argument names.
require "coverage"
Coverage.start
require "minitest"
require_relative "reports"
require_relative "../lib/shop/app"

FOLDER = ARGV.fetch(0)

# Collects the results for the JUnit report.
class Recorder < Minitest::AbstractReporter
  def self.results
    @results ||= []
  end

  def record(result)
    self.class.results << result
  end
end

module Minitest
  def self.plugin_recorder_init(_options)
    reporter << Recorder.new
  end
end
Minitest.extensions << "recorder"

Dir[File.join(__dir__, "*_test.rb")].sort.each { |file| require file }
passed = Minitest.run(["--seed", "1"])
Reports.write_junit(FOLDER, Recorder.results)
percent = Reports.write_coverage(FOLDER, Coverage.result)
puts format("Coverage: %.1f%%", percent)
exit passed
