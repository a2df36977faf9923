#include <boost/asio.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
