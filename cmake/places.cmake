# Where things are, by system; ends up in generated/places.hpp, the sample configuration and the service files.
include(GNUInstallDirs)

if(CMAKE_SYSTEM_NAME STREQUAL "FreeBSD")
  set(POTD_CONFIG_DIR "/usr/local/etc/potd" CACHE PATH "where potd looks for potd.yaml")
  set(POTD_STATE_DIR "/var/db/potd" CACHE PATH "database, pots, bases and logs, unless potd.yaml says otherwise")
  set(POTD_RUN_DIR "/var/run/potd" CACHE PATH "sockets, unless potd.yaml says otherwise")
  set(CMAKE_INSTALL_MANDIR "share/man")
else()
  set(POTD_CONFIG_DIR "/etc/potd" CACHE PATH "where potd looks for potd.yaml")
  set(POTD_STATE_DIR "/var/lib/potd" CACHE PATH "database, pots, bases and logs, unless potd.yaml says otherwise")
  set(POTD_RUN_DIR "/run/potd" CACHE PATH "sockets, unless potd.yaml says otherwise")
endif()

configure_file("${PROJECT_SOURCE_DIR}/cmake/places.hpp.in" "${PROJECT_BINARY_DIR}/generated/generated/places.hpp" @ONLY)
set(POTD_SAMPLE "${PROJECT_BINARY_DIR}/generated/potd.yaml.sample")
configure_file("${PROJECT_SOURCE_DIR}/daemon/config/potd.yaml.sample.in" "${POTD_SAMPLE}" @ONLY)
