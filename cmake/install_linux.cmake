# Linux: the configuration, only if there is none yet (the sample stays in share/potd), the systemd unit, and the
# Debian package made of it all (cpack -G DEB).
install(FILES "${POTD_SAMPLE}" DESTINATION "${CMAKE_INSTALL_DATADIR}/potd")
install(CODE "
  if(NOT EXISTS \"\$ENV{DESTDIR}${POTD_CONFIG_DIR}/potd.yaml\")
    file(INSTALL DESTINATION \"${POTD_CONFIG_DIR}\" TYPE FILE RENAME potd.yaml FILES \"${POTD_SAMPLE}\")
  endif()")

# The prefix may be changed at install time, so the unit gets its path then.
install(CODE "
  set(POTD_SBINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}\")
  set(POTD_BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  configure_file(\"${PROJECT_SOURCE_DIR}/systemd/potd.service.in\" \"${PROJECT_BINARY_DIR}/install/potd.service\" @ONLY)
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\" TYPE FILE
       FILES \"${PROJECT_BINARY_DIR}/install/potd.service\")")

include(package)
