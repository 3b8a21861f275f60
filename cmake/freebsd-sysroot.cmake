# Toolchain file: FreeBSD/amd64 with clang and lld and the headers and libraries of a release, in the environment's
# FREEBSD_SYSROOT (usr/include, usr/lib, lib, as base.txz has them). For that release and later.
set(CMAKE_SYSTEM_NAME FreeBSD)
set(CMAKE_SYSTEM_PROCESSOR amd64)

set(POTD_FREEBSD_ROOT "${CMAKE_CURRENT_LIST_DIR}/../build/freebsd" CACHE PATH "what scripts/freebsd.sh made")
set(POTD_FREEBSD_SYSROOT "$ENV{FREEBSD_SYSROOT}" CACHE PATH "headers and libraries of a FreeBSD release")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES POTD_FREEBSD_ROOT POTD_FREEBSD_SYSROOT)
if(NOT EXISTS "${POTD_FREEBSD_SYSROOT}/usr/include/osreldate.h")
  message(FATAL_ERROR "FREEBSD_SYSROOT is \"${POTD_FREEBSD_SYSROOT}\", which has no usr/include/osreldate.h")
endif()
file(STRINGS "${POTD_FREEBSD_SYSROOT}/usr/include/osreldate.h" potd_osrel REGEX "define[ \t]+__FreeBSD_version")
string(REGEX REPLACE ".*__FreeBSD_version[ \t]+([0-9][0-9])0?([0-9]).*" "\\1.\\2" CMAKE_SYSTEM_VERSION "${potd_osrel}")

set(CMAKE_SYSROOT "${POTD_FREEBSD_SYSROOT}")
set(CMAKE_C_COMPILER clang-14)
set(CMAKE_CXX_COMPILER clang++-14)
set(CMAKE_C_COMPILER_TARGET "x86_64-unknown-freebsd${CMAKE_SYSTEM_VERSION}")
set(CMAKE_CXX_COMPILER_TARGET "x86_64-unknown-freebsd${CMAKE_SYSTEM_VERSION}")
set(CMAKE_AR llvm-ar-14 CACHE FILEPATH "")
set(CMAKE_RANLIB llvm-ranlib-14 CACHE FILEPATH "")
# Debian's clang means libstdc++ for every system.
set(CMAKE_CXX_FLAGS_INIT "-stdlib=libc++")
add_link_options(-fuse-ld=lld-14)

set(potd_prefix "${POTD_FREEBSD_ROOT}/prefix-sysroot")
include("${CMAKE_CURRENT_LIST_DIR}/freebsd/cross.cmake")
