// libfmt compiled in: Debian ships no archive of it. What fmt's own src/format.cc of 9.1 and 10.1
// instantiates and our code needs; the rest of the library comes with the header.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template FMT_API auto dragonbox::to_decimal(float value) noexcept -> dragonbox::decimal_fp<float>;
template FMT_API auto dragonbox::to_decimal(double value) noexcept -> dragonbox::decimal_fp<double>;
template FMT_API locale_ref::locale_ref(const std::locale& locale);
template FMT_API auto locale_ref::get<std::locale>() const -> std::locale;
template FMT_API auto thousands_sep_impl(locale_ref locale) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl(locale_ref locale) -> char;
template FMT_API void buffer<char>::append(const char* begin, const char* end);
template FMT_API void vformat_to(buffer<char>& out,
                                 string_view format,
#if FMT_VERSION < 100000
                                 basic_format_args<FMT_BUFFER_CONTEXT(char)> arguments,
#else
                                 typename vformat_args<>::type arguments,
#endif
                                 locale_ref locale);

}  // namespace detail
FMT_END_NAMESPACE
