// One program for the suites of many features, compiled in batches of files. Under the name PREFIX_FEATURE,
// which is a link to it, it runs those of that feature alone: the tests in FEATURE_test.cpp and in
// FEATURE_*_test.cpp, but for the files of a feature with a longer name. A filter that names tests is taken
// as it is, one that only leaves some out leaves them out of the feature.
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

std::string feature_of_program(const std::string& path) {
    const std::string name = std::filesystem::path(path).filename();
    return name.substr(name.find('_') + 1);
}

/// Of POTD_FEATURES, the names with blanks between them; empty if the file is of none.
std::string feature_of_file(const std::string& path) {
    const std::string file = std::filesystem::path(path).filename();
    std::string longest, feature;
    for (std::istringstream features(POTD_FEATURES); features >> feature;) {
        if (file.starts_with(feature + "_") && feature.size() > longest.size()) longest = feature;
    }
    return longest;
}

std::string filter_for(const std::string& feature) {
    std::string filter;
    const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const ::testing::TestSuite& suite = *all.GetTestSuite(i);
        for (int k = 0; k < suite.total_test_count(); ++k) {
            const ::testing::TestInfo& test = *suite.GetTestInfo(k);
            if (feature_of_file(test.file()) != feature) continue;
            filter += std::string(suite.name()) + "." + test.name() + ":";
        }
    }
    return filter;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string program = argv[0];
    ::testing::InitGoogleMock(&argc, argv);
    const std::string feature = feature_of_program(program), asked = ::testing::GTEST_FLAG(filter);
    if (feature == "features" || (asked != "*" && !asked.starts_with('-'))) return RUN_ALL_TESTS();
    const std::string filter = filter_for(feature);
    if (filter.empty()) {
        std::cerr << program << ": there is no test of " << feature << "; there is: " << POTD_FEATURES
                  << "\n";
        return 1;
    }
    ::testing::GTEST_FLAG(filter) = filter + (asked == "*" ? "" : asked);
    return RUN_ALL_TESTS();
}
