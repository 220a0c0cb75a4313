console.log(a);
