#include "daemon/config/document_count.hpp"

#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace potd::config {
namespace {

/// Where yaml-cpp does not get on, before a ',' outside of brackets for instance, it finds an empty document,
/// and then the next one in the same place, without an end: whoever asks for all of them gets as many as
/// memory holds.
class DocumentCount final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (is_first_past_) throw YAML::ParserException(mark, "expected one document");
        is_first_past_ = true;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  const std::string& /*value*/) override {}
    void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {}
    void OnMapEnd() override {}

  private:
    bool is_first_past_ = false;
};

}  // namespace

void check_one_document(const std::string& text) {
    std::istringstream in(text);
    YAML::Parser parser(in);
    DocumentCount count;
    while (parser.HandleNextDocument(count)) {
    }
}

}  // namespace potd::config
