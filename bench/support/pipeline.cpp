#include "bench/support/pipeline.hpp"

#include "bench/support/statistics.hpp"
#include "tests/support/joining_thread.hpp"

#include <atomic>
#include <charconv>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace potd::bench {
namespace {

std::size_t content_length(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
        const std::size_t at = head.find(name);
        if (at == std::string_view::npos) continue;
        std::size_t value = 0;
        std::from_chars(head.data() + at + name.size(), head.data() + head.size(), value);
        return value;
    }
    throw std::runtime_error("an answer without a length: " + std::string(head));
}

}  // namespace

Pipeline::Pipeline(const Dial& dial, const std::string& target, const std::string& headers, int depth)
    : wire_(dial()), depth_(depth) {
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: potd\r\n" + headers + "\r\n";
    for (int i = 0; i < depth; ++i) requests_ += request;
}

void Pipeline::fill() {
    constexpr std::size_t piece = 256 << 10;
    if (begin_ == buffer_.size()) {
        buffer_.clear();
        begin_ = 0;
    }
    const std::size_t size = buffer_.size();
    buffer_.resize(size + piece);
    buffer_.resize(size + wire_->receive(buffer_.data() + size, piece));
}

std::size_t Pipeline::head_size() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n", begin_)) == std::string::npos) fill();
    return end + 4 - begin_;
}

void Pipeline::skip_answer() {
    const std::size_t head = head_size();
    const std::string_view text = std::string_view(buffer_).substr(begin_, head);
    if (text.substr(9, 3) != "200")
        throw std::runtime_error("an answer of " + std::string(text.substr(0, 40)));
    const std::size_t whole = head + content_length(text);
    while (buffer_.size() - begin_ < whole) fill();
    begin_ += whole;
}

void Pipeline::round() {
    wire_->send(requests_);
    for (int i = 0; i < depth_; ++i) skip_answer();
}

std::vector<double> latencies(const Dial& dial, const std::string& target, int count) {
    Pipeline line(dial, target, {}, 1);
    std::vector<double> samples;
    for (int i = -count / 10; i < count; ++i) {
        const Stopwatch watch;
        line.round();
        if (i >= 0) samples.push_back(watch.ms());
    }
    return samples;
}

double requests_per_second(const Dial& dial, const std::string& target, const std::string& headers,
                           int connections, int depth, double seconds) {
    std::atomic<long> count = 0;
    std::exception_ptr failure;
    std::mutex guard;
    const Stopwatch watch;
    {
        std::vector<test::JoiningThread> threads;
        threads.reserve(static_cast<std::size_t>(connections));
        for (int i = 0; i < connections; ++i) {
            threads.emplace_back([&] {
                try {
                    Pipeline line(dial, target, headers, depth);
                    while (watch.ms() < seconds * 1000) {
                        line.round();
                        count += depth;
                    }
                } catch (...) {
                    const std::scoped_lock lock(guard);
                    failure = std::current_exception();
                }
            });
        }
    }
    if (failure) std::rethrow_exception(failure);
    return static_cast<double>(count) * 1000 / watch.ms();
}

}  // namespace potd::bench
