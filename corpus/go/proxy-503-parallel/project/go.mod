module example.com/server

go 1.22

require example.com/greet v1.2.0
