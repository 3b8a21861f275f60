# OpenSSL is what FreeBSD has in base, for freebsd-update to mend. A sysroot has it; Zig, which has libc alone, is given
# the build machine's headers, of the same series as those of FreeBSD 14, and libraries that have the names of functions
# and nothing behind them. Nobody installs these.
set(POTD_OPENSSL_LIBRARIES "/usr/lib/x86_64-linux-gnu" CACHE PATH "where the build machine's libcrypto.so and libssl.so are")

file(COPY "${POTD_HEADERS}/openssl/" "${POTD_HEADERS}/x86_64-linux-gnu/openssl/"
  DESTINATION "${CMAKE_INSTALL_PREFIX}/include/openssl")
file(STRINGS "${CMAKE_INSTALL_PREFIX}/include/openssl/opensslv.h" series REGEX "OPENSSL_VERSION_STR \"3\\.0\\.")
if(NOT series)
  message(FATAL_ERROR "FreeBSD 14 has OpenSSL 3.0; ${POTD_HEADERS}/openssl is another")
endif()

# Functions alone, and those of 3.0.0: a later one may be missing there. Without FreeBSD's versions, which its rtld does
# not ask for: a name that a library exports once is taken, whatever its version.
enable_language(ASM)
foreach(library crypto ssl)
  execute_process(COMMAND nm -D --defined-only "${POTD_OPENSSL_LIBRARIES}/lib${library}.so" OUTPUT_VARIABLE functions
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "T [A-Za-z0-9_]+@@OPENSSL_3\\.0\\.0\n" functions "${functions}")
  list(TRANSFORM functions REPLACE "T (.*)@@.*" ".globl \\1\n.type \\1, @function\n\\1:\n")
  string(CONCAT functions ${functions})
  file(CONFIGURE OUTPUT "${library}.s" CONTENT "${functions}")
  add_library(${library} SHARED "${CMAKE_CURRENT_BINARY_DIR}/${library}.s")
  set_target_properties(${library} PROPERTIES LINKER_LANGUAGE C SOVERSION 30
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_INSTALL_PREFIX}/lib")
  # Else Zig makes its run time at this level, too, for nothing.
  target_link_options(${library} PRIVATE -O0)
endforeach()
