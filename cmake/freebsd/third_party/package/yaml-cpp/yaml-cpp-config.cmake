add_library(yaml-cpp STATIC IMPORTED)
target_include_directories(yaml-cpp INTERFACE "${CMAKE_CURRENT_LIST_DIR}/../../../include")
set_target_properties(yaml-cpp PROPERTIES IMPORTED_LOCATION "${CMAKE_CURRENT_LIST_DIR}/../../libyaml-cpp.a")
