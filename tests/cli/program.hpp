// The program in its own process, and a fixture with files for it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "tests/io/files.hpp"

namespace dojima::test {

using json = nlohmann::json;

inline std::string program() {
  const char* chosen = std::getenv("DOJIMA_PROGRAM");
  return chosen != nullptr ? chosen : DOJIMA_PROGRAM;
}

struct result {
  int code = -1; ///< exit code; -1 when it was killed
  int signal = 0;
  std::string out, err;
};

/// The program, running; its output goes to files, so it never has a terminal.
class process {
public:
  process(const std::vector<std::string>& arguments, std::filesystem::path log) : log_(std::move(log)) {
    std::vector<std::string> words{program()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    const std::string out = log_.string() + ".out", err = log_.string() + ".err";
    id_ = fork();
    if (id_ == 0) {
      dup2(open(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDOUT_FILENO);
      dup2(open(err.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  void kill() const { ::kill(id_, SIGKILL); }
  result wait() const {
    int status = 0;
    waitpid(id_, &status, 0);
    result r;
    if (WIFEXITED(status)) r.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) r.signal = WTERMSIG(status);
    r.out = read(log_.string() + ".out");
    r.err = read(log_.string() + ".err");
    return r;
  }

private:
  std::filesystem::path log_;
  pid_t id_;
};

class program_test : public testing::Test {
protected:
  void SetUp() override { files_.write_to(dir_.path()); }
  std::vector<std::string> arguments(const std::string& out = "out", const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"risk",
                                 "--portfolio",
                                 (dir_ / "portfolio.csv").string(),
                                 "--market",
                                 (dir_ / "market").string(),
                                 "--config",
                                 (dir_ / "risk.toml").string(),
                                 "--out",
                                 (dir_ / out).string(),
                                 "--device",
                                 "cpu"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  result run(const std::vector<std::string>& words) const { return process(words, dir_ / "log").wait(); }
  result risk(const std::vector<std::string>& more = {}, const std::string& out = "out") const {
    return run(arguments(out, more));
  }
  /// The same files, as `dojima price` takes them.
  std::vector<std::string> price_arguments(const std::string& out = "out", const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = arguments(out, more);
    all[0] = "price";
    return all;
  }
  result price(const std::vector<std::string>& more = {}, const std::string& out = "out") const {
    return run(price_arguments(out, more));
  }
  json prices(const std::string& out = "out") const { return json::parse(read(dir_ / (out + "/prices.json"))); }
  json report(const std::string& out = "out") const { return json::parse(read(dir_ / (out + "/report.json"))); }

  temporary_directory dir_;
  small_market files_;
};

} // namespace dojima::test
