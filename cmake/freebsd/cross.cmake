# What both toolchain files share: where libraries and headers are looked for (in ${potd_prefix}, never on the
# build machine), programs without symbols, and FreeBSD's note in
# every one.
list(APPEND CMAKE_FIND_ROOT_PATH "${potd_prefix}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(Boost_NO_BOOST_CMAKE ON)
# Shared libraries are base's, which rtld finds by itself.
set(CMAKE_SKIP_RPATH ON)

# The note in crt1.o is in a group of its own, which lld leaves out together with unused sections; without it
# the kernel takes the program for one of the oldest release.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-s")
set(potd_note "${potd_prefix}/lib/abi_note.o")
if(EXISTS "${potd_note}")
  string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " ${potd_note}")
endif()
