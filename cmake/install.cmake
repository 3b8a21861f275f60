# What `cmake --install` puts where, and the Debian package made of it (cpack -G DEB).
#   sbin/potd  bin/potctl  libexec/potd/potmon   potd looks for potmon in ../libexec/potd, then beside itself
#   /etc/potd/potd.yaml                           only if there is none yet; the sample stays in share/potd
include(GNUInstallDirs)

set(POTD_CONFIG_DIR "/etc/potd" CACHE PATH "where potd looks for potd.yaml")

foreach(placed potd:${CMAKE_INSTALL_SBINDIR} potctl:${CMAKE_INSTALL_BINDIR} potmon:${CMAKE_INSTALL_LIBEXECDIR}/potd)
  string(REPLACE ":" ";" placed "${placed}")
  list(GET placed 0 program)
  list(GET placed 1 folder)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION "${folder}")
  endif()
endforeach()

file(GLOB potd_manuals CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/man/*.[1-8]")
foreach(page IN LISTS potd_manuals)
  get_filename_component(section "${page}" LAST_EXT)
  string(SUBSTRING "${section}" 1 1 section)
  install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}")
endforeach()

install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright)

set(potd_openapi "${PROJECT_SOURCE_DIR}/openapi/potd.yaml")
if(EXISTS "${potd_openapi}")
  install(FILES "${potd_openapi}" DESTINATION "${CMAKE_INSTALL_DATADIR}/potd" RENAME openapi.yaml)
endif()

# The completions are what the potctl of this build prints; its manual is installed by client/.
function(potd_completion shell folder file)
  set(made "${PROJECT_BINARY_DIR}/completion/${shell}/${file}")
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completion/${shell}")
  add_custom_command(OUTPUT "${made}"
    COMMAND potctl completion ${shell} > "${made}.part"
    COMMAND "${CMAKE_COMMAND}" -E rename "${made}.part" "${made}"
    DEPENDS potctl VERBATIM COMMENT "Completion for ${shell}")
  add_custom_target(completion_${shell} ALL DEPENDS "${made}")
  install(FILES "${made}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}")
endfunction()
potd_completion(bash bash-completion/completions potctl)
potd_completion(zsh zsh/vendor-completions _potctl)
potd_completion(fish fish/vendor_completions.d potctl.fish)

set(potd_sample "${PROJECT_SOURCE_DIR}/daemon/config/potd.yaml.sample")
if(EXISTS "${potd_sample}")
  install(FILES "${potd_sample}" DESTINATION "${CMAKE_INSTALL_DATADIR}/potd")
  install(CODE "
    if(NOT EXISTS \"\$ENV{DESTDIR}${POTD_CONFIG_DIR}/potd.yaml\")
      file(INSTALL DESTINATION \"${POTD_CONFIG_DIR}\" TYPE FILE RENAME potd.yaml FILES \"${potd_sample}\")
    endif()")
endif()

# The prefix may be changed at install time, so the unit gets its path then.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  install(CODE "
    set(POTD_SBINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}\")
    configure_file(\"${PROJECT_SOURCE_DIR}/systemd/potd.service.in\" \"${PROJECT_BINARY_DIR}/install/potd.service\" @ONLY)
    file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\" TYPE FILE
         FILES \"${PROJECT_BINARY_DIR}/install/potd.service\")")
endif()

include(package)
