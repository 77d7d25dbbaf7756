# dojima_embed(OUTPUT name=file ...): writes OUTPUT, which defines dojima::assets::<name>, a std::string_view with the text of the file.
function(dojima_embed output)
  set(names)
  set(files)
  foreach(pair ${ARGN})
    string(REGEX MATCH "^([^=]+)=(.+)$" found ${pair})
    list(APPEND names ${CMAKE_MATCH_1})
    get_filename_component(file ${CMAKE_MATCH_2} ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
    list(APPEND files ${file})
  endforeach()
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed_assets.cmake)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" "-DNAMES=${names}" -DOUTPUT=${output} -P ${script}
    DEPENDS ${files} ${script}
    VERBATIM)
endfunction()
