#pragma once

#include "core/service/flavour_service.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::core {

/// The flavours of one new pot, one step after the other: the spec after the commands, the copies, then the
/// script in the pot that is started for it. Kept by FlavourService until it is over.
class FlavourRun : public std::enable_shared_from_this<FlavourRun> {
  public:
    FlavourRun(FlavourService& service, FlavourService::Asked asked, Reply<PotPtr> reply)
        : service_(service), asked_(std::move(asked)), reply_(std::move(reply)) {}

    void set_plans(std::vector<FlavourPlan> plans) { plans_ = std::move(plans); }
    /// For a pot that was there before: what undoes it all.
    void set_revert(Unfinished before) { before_ = std::move(before); }
    /// With the unfinished pot, or why there is none.
    void begin(const Result<PotPtr>& made);
    void cancel();

  private:
    using Step = std::function<void(const PotPtr&)>;

    [[nodiscard]] FlavourService::Ports& ports() { return service_.ports_; }
    [[nodiscard]] const FlavourPlan& plan() const { return plans_[index_]; }
    [[nodiscard]] std::string script_name() const { return plan().name + ".sh"; }
    void say(std::string_view text);
    void show_progress(std::string_view what);
    /// A reply that goes on with `step`, or fails as `what`; neither once it has failed.
    [[nodiscard]] Reply<PotPtr> going_on(std::string what, Step step);
    void change(const PotSpec& next, std::string what, Step step);

    void next_flavour();
    void next_copy();
    void copy(const FlavourCopy& line, const FileCopies::Into& into, bool is_last_try);
    void copied(const FlavourCopy& line, bool is_last_try, Error error);
    void run_script();
    void bring_script(const PotPtr& pot);
    void execute(const PotPtr& pot);
    void opened(Result<std::unique_ptr<ExecSession>> session);
    void ended(const ExecResult& result);
    void finish();
    void fail(Error error);
    void keep(const Error& error);
    void revert(Error error);
    [[nodiscard]] UnfinishedPtr unfinished() const;
    void end(Result<PotPtr> result);
    void drop_session();

    FlavourService& service_;
    FlavourService::Asked asked_;
    Reply<PotPtr> reply_;
    std::vector<FlavourPlan> plans_;
    std::optional<Unfinished> before_;
    PotId id_;
    std::string pot_;         ///< its name
    std::size_t index_ = 0;   ///< of the flavour under way
    std::size_t copies_ = 0;  ///< of it that are done
    bool failed_ = false;     ///< what still comes back is of no interest
    bool cancelled_ = false;  ///< before there was a pot
    std::unique_ptr<ExecSession> session_;
};

}  // namespace potd::core
