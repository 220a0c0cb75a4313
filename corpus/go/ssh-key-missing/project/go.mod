module example.com/hello

go 1.18

require example.com/greet v1.2.0
