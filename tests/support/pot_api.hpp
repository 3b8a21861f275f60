#pragma once

#include "tests/support/http_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::test {

/// The REST calls tests and benchmarks make all the time. Those that return JSON throw std::runtime_error
/// with request and answer unless the status is the expected one; `request` gives any answer as it is.
/// Keeps one connection: one thread at a time.
class PotApi {
  public:
    explicit PotApi(std::string socket_path) : connection_(std::move(socket_path)) {}

    Response request(std::string_view method, const std::string& target, const Json& body = nullptr,
                     const Headers& headers = {});
    /// POST /v1/pots/{name}/{action}
    Response act(const std::string& name, const std::string& action, const Json& body = nullptr);

    void install_base(const Json& request);  ///< no error if the name is taken
    Json create(const Json& spec);
    /// Comes back when the pot runs and, if its command is a shell script with a `trap`, that stands: a
    /// signal before it would end the shell.
    Json start(const std::string& name);
    Json stop(const std::string& name, const Json& request = nullptr);
    void destroy(const std::string& name, bool force = false);
    Json inspect(const std::string& name);
    /// The terminal record of the live or last run; waits for it.
    Json wait(const std::string& name);
    Json runs(const std::string& name);  ///< the array
    /// {exit_code, signal, stdout, stderr, truncated}; `more`: env, user, workdir, stdin, timeout.
    Json exec(const std::string& name, const std::vector<std::string>& command, Json more = Json::object());
    /// The log as text; `query` without the question mark.
    std::string logs(const std::string& name, const std::string& query = {});
    /// create, start, wait: the terminal record. The pot stays.
    Json run(const Json& spec);
    /// One request whose status must be this one; the answer's JSON.
    Json expect(int status, std::string_view method, const std::string& target, const Json& body = nullptr);

  private:
    HttpConnection connection_;
};

}  // namespace potd::test
