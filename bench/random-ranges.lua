-- wrk: each request asks for a random range. Arguments: the length of a range and of the file, in bytes.
local size, length

function init(args)
  size = tonumber(args[1])
  length = tonumber(args[2])
  math.randomseed(20261121)
end

function request()
  local first = math.random(0, length - size)
  return wrk.format("GET", nil, { Range = string.format("bytes=%d-%d", first, first + size - 1) })
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"bytes":%d,"microseconds":%d,"failed":%d}\n',
    summary.requests, summary.bytes, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
