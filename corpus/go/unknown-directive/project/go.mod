module example.com/api

go 1.19

tool example.com/api/gen

require example.com/greet v1.2.0
