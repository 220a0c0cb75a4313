int meter(int x)
{
    return x + offset;
}
