module example.com/banner

go 1.18

require git.example.org/lib/greet.git v1.2.0
