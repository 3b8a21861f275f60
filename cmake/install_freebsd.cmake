# FreeBSD: the sample configuration (potd runs without one; a port makes potd.yaml of it), the rc.d script, and
# what rotates potd's own log. Below the prefix, as the ports tree wants it.
install(FILES "${POTD_SAMPLE}" DESTINATION "${POTD_CONFIG_DIR}")
install(FILES "${PROJECT_SOURCE_DIR}/rc.d/newsyslog.conf" DESTINATION etc/newsyslog.conf.d RENAME potd.conf.sample)

# The prefix may be changed at install time, so the script gets its paths then.
install(CODE "
  set(POTD_SBINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}\")
  set(POTD_BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  set(POTD_CONFIG_DIR \"${POTD_CONFIG_DIR}\")
  set(POTD_RUN_DIR \"${POTD_RUN_DIR}\")
  configure_file(\"${PROJECT_SOURCE_DIR}/rc.d/potd.in\" \"${PROJECT_BINARY_DIR}/install/potd\" @ONLY)
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/etc/rc.d\" TYPE PROGRAM
       FILES \"${PROJECT_BINARY_DIR}/install/potd\")")
