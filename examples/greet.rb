puts "#{ENV.fetch('CI_JOB_NAME')} runs Ruby #{RUBY_VERSION} in #{Dir.pwd}"
