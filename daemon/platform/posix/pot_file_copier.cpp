#include "daemon/platform/posix/pot_file_copier.hpp"

#include "daemon/platform/posix/archive_pack.hpp"
#include "daemon/platform/posix/archive_unpack.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <cerrno>
#include <csignal>
#include <exception>
#include <limits>
#include <utility>

#include <fcntl.h>

namespace potd::platform {
namespace {

core::Error at_path(core::Error error, const std::string& path) {
    error.field = "path";
    if (error.os_error == ENOENT) {
        error.kind = core::ErrorKind::NotFound;
        error.message = "there is no such file or directory in the pot";
    } else if (error.os_error == ENOTDIR || error.os_error == EEXIST) {
        error.kind = core::ErrorKind::Conflict;
        error.message = "is no directory in the pot, or leads through what is none";
    } else if (error.os_error == ELOOP) {
        error.kind = core::ErrorKind::Conflict;
    }
    return std::move(error).in(path);
}

core::Result<UniqueFd> open_target(const CopyRoot& root, const core::CopyIn& request) {
    constexpr mode_t usual_mode = 0755;
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    const std::string& path = request.place.path;
    auto opened = request.make_parents ? make_directories_in_root(root.fd(), path, usual_mode)
                                       : open_in_root(root.fd(), path, how);
    if (!opened) return at_path(std::move(opened).error(), path);
    // A pot may mount its kernel's switches wherever it likes: they are not written to by the host's root.
    if (shows_the_kernel(opened->get())) {
        core::Error refused = core::error(core::ErrorKind::Conflict, path + ": is no place for files");
        refused.field = "path";
        return refused;
    }
    return opened;
}

core::Error with_count(core::Error error, const UnpackCount& count) {
    error.message += "; " + std::to_string(count.entries) +
                     (count.entries == 1 ? " entry was" : " entries were") + " unpacked before";
    return error;
}

core::Status unpack_request(const core::CopyIn& request, PieceQueue& queue, const CopyRoot& root,
                            const std::atomic<bool>& stopped, UnpackCount& count) {
    auto target = open_target(root, request);
    if (!target) return std::move(target).error();
    UnpackInto into;
    into.next = [&queue] { return queue.take_waiting(); };
    into.rename = request.rename;
    into.first_id = root.first_id();
    UnpackOptions options;
    options.stop = &stopped;
    if (request.max_bytes > 0) options.max_bytes = request.max_bytes;
    auto done = unpack_into(into, target->get(), options, count);
    if (done) return done;
    return with_count(std::move(done).error(), count);
}

core::Status pack_place(const std::string& path, PieceQueue& queue, const CopyRoot& root) {
    PackOptions options;
    options.first_id = root.first_id();
    options.write = [&queue](std::string piece) {
        if (queue.put_waiting(std::optional<std::string>(std::move(piece)))) return core::Status();
        return core::Status(core::error(core::ErrorKind::Cancelled, "nobody reads the copy any more"));
    };
    return pack_archive(root.fd(), path, options);
}

/// What the thread packs, for the loop. Without a reader the thread ends.
class PackedPieces final : public core::PieceSource {
  public:
    explicit PackedPieces(std::shared_ptr<PieceQueue> queue) : queue_(std::move(queue)) {}
    ~PackedPieces() override {
        queue_->forget_reader();
        queue_->close(core::error(core::ErrorKind::Cancelled, "nobody reads the copy any more"));
    }
    PackedPieces(const PackedPieces&) = delete;
    PackedPieces& operator=(const PackedPieces&) = delete;
    void next(Ready ready) override { queue_->take(std::move(ready)); }

  private:
    std::shared_ptr<PieceQueue> queue_;
};

void block_signals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

void PotFileCopier::copy_in(const core::CopyIn& request, std::shared_ptr<core::PieceSource> archive,
                            core::Reply<core::CopiedIn> reply) {
    auto queue = std::make_shared<PieceQueue>(executor_);
    queue->fill_from(std::move(archive));
    const auto count = std::make_shared<UnpackCount>();
    begin(
        request.place, queue,
        [request, queue, count](const CopyRoot& root, const std::atomic<bool>& stopped) {
            return unpack_request(request, *queue, root, stopped, *count);
        },
        [queue, count, reply = std::move(reply)](core::Status done) {
            queue->close(core::error(core::ErrorKind::Cancelled, "the copy is over"));
            done ? reply(core::CopiedIn{count->entries, count->bytes}) : reply(std::move(done).error());
        });
}

void PotFileCopier::copy_out(const core::PotPlace& place,
                             core::Reply<std::unique_ptr<core::PieceSource>> reply,
                             std::function<void()> over) {
    const auto queue = std::make_shared<PieceQueue>(executor_);
    const auto answered = std::make_shared<bool>(false);  // of the loop
    auto found = [queue, answered, reply] {
        *answered = true;
        reply(std::unique_ptr<core::PieceSource>(std::make_unique<PackedPieces>(queue)));
    };
    begin(
        place, queue,
        [this, path = place.path, queue, found](const CopyRoot& root, const std::atomic<bool>& /*stopped*/) {
            if (auto there = check_packable(root.fd(), path); !there)
                return core::Status(at_path(std::move(there).error(), path));
            executor_.post(found);
            auto packed = pack_place(path, *queue, root);
            // Once nobody reads it, there is nobody to tell.
            static_cast<void>(queue->put_waiting(packed ? PieceQueue::Piece(std::optional<std::string>())
                                                        : PieceQueue::Piece(packed.error())));
            return packed;
        },
        [answered, reply, over = std::move(over)](core::Status done) {
            over();
            if (!done && !*answered) reply(std::move(done).error());
        });
}

void PotFileCopier::begin(const core::PotPlace& place, const std::shared_ptr<PieceQueue>& queue, Work work,
                          Done done) {
    const auto refuse = [&](core::Error error) {
        executor_.post([done = std::move(done), error = std::move(error)] { done(error); });
    };
    if (jobs_.size() >= most_copies) {
        return refuse(core::error(core::ErrorKind::Unavailable,
                                  std::to_string(most_copies) + " copies are under way; try again later"));
    }
    auto process = CopyRoot::watch(place);
    if (!process) return refuse(std::move(process).error());
    const std::uint64_t number = next_++;
    Job& job = *(jobs_[number] = std::make_unique<Job>());
    job.queue = queue;
    job.watch = std::move(process).value();
    watch(job);
    job.thread = std::thread([this, number, place, &job, work = std::move(work), done = std::move(done)] {
        block_signals();
        run(number, place, job, work, done);
    });
}

/// The copy ends with the run whose files it sees, before the next one has them.
void PotFileCopier::watch(Job& job) {
    if (!job.watch) return;
    reactor_.wait(job.watch.get(), core::Reactor::Interest::Read, [&job] {
        job.stopped = true;
        job.queue->close(core::error(core::ErrorKind::Conflict, "the pot has ended"));
    });
}

/// On the thread.
void PotFileCopier::run(std::uint64_t number, const core::PotPlace& place, Job& job, const Work& work,
                        Done done) {
    core::Status outcome;
    try {
        auto root = CopyRoot::open(place);
        outcome = root ? work(root.value(), job.stopped) : core::Status(std::move(root).error());
    } catch (const std::exception& problem) {
        outcome = core::error(core::ErrorKind::Internal, std::string("unexpected: ") + problem.what());
    }
    executor_.post([this, alive = std::weak_ptr(alive_), number, done = std::move(done), outcome] {
        if (alive.expired()) return;
        finish(number);
        done(outcome);
    });
}

void PotFileCopier::finish(std::uint64_t number) {
    const auto found = jobs_.find(number);
    if (found == jobs_.end()) return;
    Job& job = *found->second;
    if (job.watch) reactor_.forget(job.watch.get());
    if (job.thread.joinable()) job.thread.join();
    jobs_.erase(found);
}

void PotFileCopier::stop() {
    for (const auto& [number, job] : jobs_) {
        job->stopped = true;
        job->queue->close(core::error(core::ErrorKind::Unavailable, "potd is shutting down"));
    }
    while (!jobs_.empty()) finish(jobs_.begin()->first);
}

}  // namespace potd::platform
