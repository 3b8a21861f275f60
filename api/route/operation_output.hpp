#pragma once

#include "api/http/body_source.hpp"
#include "core/service/operation_outputs.hpp"
#include "core/service/operation_service.hpp"

#include <memory>
#include <string>

namespace potd::api {

/// What an operation prints: as far as it is there, or until the operation has ended. Loop thread.
class OperationOutput final : public BodySource {
  public:
    OperationOutput(core::OperationService& operations, core::OperationOutputs& outputs,
                    const std::string& id, bool follow);
    ~OperationOutput() override;
    OperationOutput(const OperationOutput&) = delete;
    OperationOutput& operator=(const OperationOutput&) = delete;

    void next(Ready ready) override;
    [[nodiscard]] bool endless() const override;

  private:
    struct State;

    core::OperationService& operations_;
    core::OperationService::WaitId wait_ = 0;
    std::shared_ptr<State> state_;  ///< an answer on its way may outlive the source
};

}  // namespace potd::api
