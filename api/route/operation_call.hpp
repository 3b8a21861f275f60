#pragma once

#include "api/http/client_wish.hpp"
#include "api/http/exchange.hpp"
#include "core/port/executor.hpp"
#include "core/service/operation_service.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace potd::api {

/// One request that is an operation, while it is carried out. Stands between the connection and the
/// handler: what the handler answers ends the operation and goes to the client, unless that did not want to
/// wait and is told only that the request was accepted. What is refused at once is refused in either case.
class OperationCall final : public Exchange,
                            public AnswerSink,
                            public std::enable_shared_from_this<OperationCall> {
  public:
    using Handler = std::function<void(Exchange&)>;
    struct Parts {
        core::OperationService& operations;
        core::Executor& executor;
        std::function<void(const std::string& id)> over;  ///< the call is of no more use
    };

    /// `given` is answered later.
    OperationCall(Parts parts, const core::Operation& operation, ClientWish wish, Exchange& given);

    /// Carries the request out; where that must come first, once it is recorded.
    void begin(const Handler& handler);

    // Exchange
    void answer(const Answer& answer) override;
    void stream(std::string_view type, std::unique_ptr<BodySource> source) override;
    [[nodiscard]] Later later() override;
    [[nodiscard]] bool upgrade(OnSocket on_socket) override;
    [[nodiscard]] std::unique_ptr<RequestBody> body() override;
    [[nodiscard]] std::string operation() const override { return id_; }
    [[nodiscard]] core::Along along() const override { return parts_.operations.along(id_); }

    // AnswerSink
    void answer(std::uint64_t request, const Answer& answer) override;
    void stream(std::uint64_t request, std::string_view type, std::unique_ptr<BodySource> source) override;
    void abandoned(std::uint64_t request) override;

  private:
    void own_request();
    void record_first(const Handler& handler);
    void act(const Handler& handler);
    void promise();
    void record(core::Durability durability, std::function<void()> then);
    void take(const Answer& answer);
    void tell(const Answer& answer);

    Parts parts_;
    const std::string id_;
    const bool first_;  ///< recorded before it begins
    ClientWish wish_;
    Later client_;
    Exchange* given_;  ///< until `begin` returns
    std::vector<std::string> owned_;
    bool acting_ = false;    ///< inside the handler
    bool deferred_ = false;  ///< the handler has taken a Later
    bool answered_ = false;  ///< the handler has answered
    bool told_ = false;      ///< the client has its answer
};

}  // namespace potd::api
