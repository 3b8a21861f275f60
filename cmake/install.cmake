# What `cmake --install` puts where; configuration and service files by system in install_<system>.cmake.
#   sbin/potd  bin/potctl  libexec/potd/potmon   potd looks for potmon in ../libexec/potd, then beside itself

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

file(GLOB potd_flavours CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/share/flavours/*")
install(PROGRAMS ${potd_flavours} DESTINATION "${CMAKE_INSTALL_DATADIR}/potd/flavours")

install(FILES "${PROJECT_SOURCE_DIR}/share/grafana/potd.json" DESTINATION "${CMAKE_INSTALL_DATADIR}/potd/grafana")
install(FILES "${PROJECT_SOURCE_DIR}/share/prometheus/alerts.yml" "${PROJECT_SOURCE_DIR}/share/prometheus/scrape.yml"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/potd/prometheus")

# The completions are what the potctl of this build prints; its manual is installed by client/.
function(potd_completion shell folder file)
  set(made "${PROJECT_BINARY_DIR}/completion/${shell}/${file}")
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completion/${shell}")
  add_custom_command(OUTPUT "${made}"
    COMMAND ${POTD_POTCTL_HERE} completion ${shell} > "${made}.part"
    COMMAND "${CMAKE_COMMAND}" -E rename "${made}.part" "${made}"
    DEPENDS ${POTD_POTCTL_HERE} VERBATIM COMMENT "Completion for ${shell}")
  add_custom_target(completion_${shell} ALL DEPENDS "${made}")
  install(FILES "${made}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}")
endfunction()
potd_completion(bash bash-completion/completions potctl)
if(CMAKE_SYSTEM_NAME STREQUAL "FreeBSD")
  potd_completion(zsh zsh/site-functions _potctl)
else()
  potd_completion(zsh zsh/vendor-completions _potctl)
endif()
potd_completion(fish fish/vendor_completions.d potctl.fish)

if(CMAKE_SYSTEM_NAME STREQUAL "FreeBSD")
  include(install_freebsd)
else()
  include(install_linux)
endif()
