# The Debian package. Shared libraries are found by dpkg-shlibdeps; maintainer scripts in cmake/debian.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME potd)
set(CPACK_PACKAGE_VENDOR "The potd authors")
set(CPACK_PACKAGE_CONTACT "The potd authors <potd@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "supervisor of containers (pots) with a REST API")
set(CPACK_PACKAGE_DESCRIPTION
"potd runs commands in sandboxes of their own (namespaces, cgroups, seccomp),
watches each with a tiny monitor that outlives the daemon, keeps every run's
exit status and logs, and answers over a REST API on a unix socket.
.
This package holds the daemon potd, its monitor potmon and the command potctl.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_PREFIX /usr)
# The configuration has an absolute place, which only DESTDIR can redirect.
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_OUTPUT_FILE_PREFIX "${PROJECT_BINARY_DIR}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd, init-system-helpers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "debootstrap, iproute2")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(debian "${PROJECT_SOURCE_DIR}/cmake/debian")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")
include(CPack)
