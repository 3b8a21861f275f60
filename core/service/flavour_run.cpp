#include "core/service/flavour_run.hpp"

#include "core/service/script_archive.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace potd::core {
namespace {

/// "/a/b" is "b" in "/a"; nothing for "/" and for what ends in '/', "." or "..".
std::optional<FileCopies::Into> under_its_name(const FlavourCopy& line) {
    const std::size_t mark = line.destination.rfind('/');
    FileCopies::Into into;
    into.rename = line.destination.substr(mark + 1);
    into.path = mark == 0 ? "/" : line.destination.substr(0, mark);
    into.make_parents = line.make_parents;
    if (into.rename.empty() || into.rename == "." || into.rename == "..") return std::nullopt;
    return into;
}

std::string describe_exit(const ExecResult& result) {
    if (result.signal != 0) return "was ended by signal " + std::to_string(result.signal);
    return "has failed: exit code " + std::to_string(result.exit_code);
}

}  // namespace

void FlavourRun::say(std::string_view text) {
    ports().outputs.write(asked_.operation, "===> " + std::string(text) + "\n");
}

void FlavourRun::show_progress(std::string_view what) {
    OperationProgress progress;
    progress.current = static_cast<std::int64_t>(index_);
    progress.total = static_cast<std::int64_t>(plans_.size());
    progress.unit = "flavours";
    progress.message = plan().name + ": " + std::string(what);
    ports().operations.set_progress(asked_.operation, std::move(progress));
}

Reply<PotPtr> FlavourRun::going_on(std::string what, Step step) {
    return [self = shared_from_this(), what = std::move(what),
            step = std::move(step)](const Result<PotPtr>& result) {
        if (self->failed_) return;
        if (!result) return self->fail(Error(result.error()).in(what));
        step(*result);
    };
}

void FlavourRun::change(const PotSpec& next, std::string what, Step step) {
    const PotPtr pot = ports().supervisor.find(id_);
    if (pot && pot->spec == next) return step(pot);
    ports().pots.go_on(id_, next, unfinished(), going_on(std::move(what), std::move(step)));
}

UnfinishedPtr FlavourRun::unfinished() const {
    if (before_) return std::make_shared<const Unfinished>(*before_);
    const auto then = asked_.keep_on_failure ? IfUnfinished::Keep : IfUnfinished::Remove;
    return std::make_shared<const Unfinished>(Unfinished{then, plan().spec});
}

void FlavourRun::begin(const Result<PotPtr>& made) {
    if (!made) return end(made);
    id_ = (*made)->id;
    pot_ = (*made)->spec.name;
    if (cancelled_) return cancel();
    next_flavour();
}

void FlavourRun::next_flavour() {
    if (index_ == plans_.size()) return finish();
    copies_ = 0;
    say("flavour " + plan().name + " (" + plan().directory + ")");
    show_progress("commands");
    change(plan().spec, "flavour " + plan().name,
           [self = shared_from_this()](const PotPtr&) { self->next_copy(); });
}

// Copies

void FlavourRun::next_copy() {
    const auto& copies = plan().commands.copies;
    if (copies_ == copies.size()) return run_script();
    const FlavourCopy& line = copies[copies_];
    copy(line, {line.destination, {}, false}, !under_its_name(line));
}

void FlavourRun::copy(const FlavourCopy& line, const FileCopies::Into& into, bool is_last_try) {
    PotPlace place;
    place.root.path = line.is_beside ? plan().directory : "/";
    place.path = line.source;
    ports().host.copy_out(
        place,
        [self = shared_from_this(), line, into, is_last_try](Result<std::unique_ptr<PieceSource>> archive) {
            if (self->failed_) return;
            if (!archive) {
                Error error = std::move(archive).error();
                if (error.kind == ErrorKind::NotFound)
                    error.message = line.source + ": there is no such file or directory on the host";
                return self->copied(line, true, std::move(error));
            }
            self->ports().copies.copy_in(
                self->id_.text, into, *std::move(archive), [self, line, is_last_try](Result<CopiedIn> done) {
                    if (self->failed_) return;
                    if (!done) return self->copied(line, is_last_try, std::move(done).error());
                    ++self->copies_;
                    self->next_copy();
                });
        },
        [] {});
}

/// It could not be copied there; where the destination is no directory, it is the name.
void FlavourRun::copied(const FlavourCopy& line, bool is_last_try, Error error) {
    const bool is_place =
        error.field == "path" && (error.kind == ErrorKind::NotFound || error.kind == ErrorKind::Conflict);
    if (is_place && !is_last_try) return copy(line, *under_its_name(line), true);
    const std::string where = plan().directory + "/" + plan().name + ":" + std::to_string(line.line);
    fail(std::move(error).in(line.is_beside ? "copy-in-flv" : "copy-in").in(where));
}

// The script

void FlavourRun::run_script() {
    if (!plan().script) {
        ++index_;
        return next_flavour();
    }
    show_progress("script");
    const std::string what =
        "flavour " + plan().name + ": pot " + pot_ + " could not be started for " + script_name();
    change(workshop_of(plan().spec), what, [self = shared_from_this(), what](const PotPtr&) {
        self->ports().pots.start_unfinished(
            self->id_, self->going_on(what, [self](const PotPtr& pot) { self->bring_script(pot); }));
    });
}

void FlavourRun::bring_script(const PotPtr& pot) {
    ports().copies.copy_in(id_.text, {"/tmp", {}, true}, script_archive(script_name(), *plan().script),
                           [self = shared_from_this(), pot](Result<CopiedIn> done) {
                               if (self->failed_) return;
                               if (done) return self->execute(pot);
                               self->fail(std::move(done).error().in("flavour " + self->plan().name + ": " +
                                                                     self->script_name()));
                           });
}

void FlavourRun::execute(const PotPtr& pot) {
    say("script " + script_name());
    ExecRequest request;
    request.command = {"/tmp/" + script_name(), pot_};
    ports().exec.exec({id_, pot->run->number}, std::move(request),
                      [self = shared_from_this()](Result<std::unique_ptr<ExecSession>> session) {
                          if (!self->failed_) self->opened(std::move(session));
                      });
}

void FlavourRun::opened(Result<std::unique_ptr<ExecSession>> session) {
    if (!session) {
        Error error = std::move(session).error().in("flavour " + plan().name + ": script " + script_name());
        error.field = "flavours[" + std::to_string(index_) + "]";
        return fail(std::move(error));
    }
    session_ = *std::move(session);
    // The session is this object's, so it must not keep it.
    const auto weak = weak_from_this();
    session_->start(
        [weak](Stream /*stream*/, std::string_view bytes) {
            if (const auto self = weak.lock()) self->ports().outputs.write(self->asked_.operation, bytes);
        },
        [weak](const ExecResult& result) {
            if (const auto self = weak.lock(); self && !self->failed_) self->ended(result);
        });
    session_->close_stdin();
}

void FlavourRun::ended(const ExecResult& result) {
    drop_session();
    if (result.exit_code != 0 || result.signal != 0) {
        Error error =
            core::error(ErrorKind::InvalidArgument,
                        "flavour " + plan().name + ": script " + script_name() + " " + describe_exit(result));
        error.field = "flavours[" + std::to_string(index_) + "]";
        return fail(std::move(error));
    }
    const std::string what = "flavour " + plan().name;
    const auto self = shared_from_this();
    ports().pots.stop(id_.text, {}, going_on(what, [self, what](const PotPtr&) {
                          self->change(self->plan().spec, what, [self](const PotPtr&) {
                              ++self->index_;
                              self->next_flavour();
                          });
                      }));
}

/// The session may be calling this object.
void FlavourRun::drop_session() {
    if (session_) ports().executor.post([session = std::shared_ptr(std::move(session_))] {});
}

// The end

void FlavourRun::finish() {
    const PotSpec& own = plans_.back().spec;
    const auto self = shared_from_this();
    Reply<PotPtr> done = going_on("pot " + pot_, [self](const PotPtr& pot) { self->end(pot); });
    if (!asked_.completion)
        return ports().pots.go_on(id_, own, nullptr, std::move(done),
                                  ports().operations.along(asked_.operation));
    const PotPtr pot = ports().supervisor.find(id_);
    if (!pot) return done(error(ErrorKind::Cancelled, "it was destroyed meanwhile"));
    asked_.completion->run(
        pot, own, [self] { return self->failed_; }, std::move(done));
}

void FlavourRun::cancel() {
    cancelled_ = true;
    if (id_.text.empty() || failed_) return;
    fail(error(ErrorKind::Cancelled, "cancelled"));
    if (asked_.completion) asked_.completion->cancel();
}

void FlavourRun::fail(Error error) {
    failed_ = true;
    drop_session();
    say(error.message);
    const PotPtr pot = ports().supervisor.find(id_);
    const bool goes = !pot || pot->state == PotState::Destroying;  // somebody else wants it so
    if (before_) return revert(std::move(error));
    if (asked_.keep_on_failure && !goes) {
        error.message += "; pot " + pot_ + " is kept as it is";
        return keep(error);
    }
    error.message += "; pot " + pot_ + " was destroyed";
    ports().pots.destroy(
        id_.text, true,
        [self = shared_from_this(), error](const Status& gone) {
            Error cause = error;
            if (!gone && gone.error().kind != ErrorKind::NotFound)
                cause.message += "; not yet: " + gone.error().message;
            self->end(std::move(cause));
        },
        ports().operations.along_failing(asked_.operation, error));
}

void FlavourRun::revert(Error error) {
    error.message += "; pot " + pot_ + " is as it was before";
    service_.revert(id_, before_->revert_to, before_->spec,
                    ports().operations.along_failing(asked_.operation, error),
                    [self = shared_from_this(), error](const Result<PotPtr>& reverted) {
                        Error cause = error;
                        if (!reverted) cause.message += "; not yet: " + reverted.error().message;
                        self->end(std::move(cause));
                    });
}

void FlavourRun::keep(const Error& error) {
    const auto self = shared_from_this();
    const auto over = [self, error](const Result<PotPtr>& kept) {
        Error cause = error;
        if (!kept) cause.message += "; not yet: " + kept.error().message;
        self->end(std::move(cause));
    };
    const PotSpec own = plans_[std::min(index_, plans_.size() - 1)].spec;
    ports().pots.stop(id_.text, {}, [self, own, error, over](const Result<PotPtr>& stopped) {
        if (!stopped) return over(stopped);
        self->ports().pots.go_on(self->id_, own, nullptr, over,
                                 self->ports().operations.along_failing(self->asked_.operation, error));
    });
}

void FlavourRun::end(Result<PotPtr> result) {
    const auto self = shared_from_this();
    failed_ = true;
    service_.over(asked_.operation);
    if (reply_) std::exchange(reply_, nullptr)(std::move(result));
}

}  // namespace potd::core
