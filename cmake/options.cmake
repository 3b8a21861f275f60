# Compiler options every target shares, as the interface target potd_options.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# Programs that are run while building are taken from a build for this machine when another is built for.
set(POTD_HOST_BUILD "${PROJECT_SOURCE_DIR}/build/release" CACHE PATH "when cross compiling: a build for this machine")

# Where tests find programs: what is built for another machine in the place that tests/freebsd/run.sh makes.
set(POTD_TEST_BIN_DIR "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
if(CMAKE_CROSSCOMPILING)
  set(POTD_TEST_BIN_DIR "/var/tmp/potd-tests/bin")
endif()

# CMake's own is -O3. What potd does the kernel does, mostly: half the code is less to hold in memory, and the
# benchmarks do not see it.
if(CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG -ffunction-sections -fdata-sections")
endif()

add_library(potd_options INTERFACE)
target_include_directories(potd_options INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
target_compile_options(potd_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror
  -fstack-protector-strong -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_compile_definitions(potd_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
target_link_options(potd_options INTERFACE -Wl,-z,relro,-z,now $<$<CONFIG:Release>:-Wl,--gc-sections>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports impossible overlaps, bounds, lengths and uninitialised variants inside libstdc++ at -O2.
  target_compile_options(potd_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds
    -Wno-stringop-overflow)
  # It collects its garbage after some 100 MB, which is a seventh of the time of a batch.
  target_compile_options(potd_options INTERFACE "SHELL:--param ggc-min-heapsize=1000000")
  # In a batch of files this warning takes what is private to one of them for a header's.
  target_compile_options(potd_options INTERFACE $<$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>:-Wno-subobject-linkage>)
endif()

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # In a batch what is private to one file has names that another one uses for variables; files by themselves are judged.
  target_compile_options(potd_options INTERFACE $<$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>:-Wno-shadow>)
endif()

# potmon cannot run under a sanitizer (static, no C++ runtime), so the flags live apart.
add_library(potd_sanitize INTERFACE)
if(POTD_SANITIZE)
  target_compile_options(potd_sanitize INTERFACE -fsanitize=${POTD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(potd_sanitize INTERFACE -fsanitize=${POTD_SANITIZE})
endif()
option(POTD_FUZZ "libFuzzer's program beside the other tests, see tests/fuzz; clang, with POTD_SANITIZE" OFF)
if(POTD_FUZZ)
  # The fuzzer wants to be told which branches were taken.
  set(fuzzed -fsanitize=fuzzer-no-link)
endif()
if(POTD_SANITIZE MATCHES "thread")
  # ThreadSanitizer does not know fences; Asio's come on top of its locks, which it does know.
  target_compile_definitions(potd_sanitize INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

# potd_library(NAME LINKS... ) : a static library of this folder's sources with the common options.
function(potd_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE potd_options potd_sanitize ${ARG_PRIVATE_LINK})
  target_compile_options(${name} PRIVATE ${fuzzed})
endfunction()
